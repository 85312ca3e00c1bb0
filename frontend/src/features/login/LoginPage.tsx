import { Center, Flex, Heading, Stack, Text } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { type Location, useLocation, useNavigate } from "react-router";

import { refusal } from "@/api/refusal";
import { sessionQuery } from "@/api/session";
import { Card } from "@/components/Card";
import { LoginForm } from "@/features/login/LoginForm";
import { useDocumentTitle } from "@/lib/use-document-title";

/** `/login`: the token once, then back to the page that was asked for. Its address is no part of this one's. */
export default function LoginPage() {
  useDocumentTitle("Sign in");
  useLeaveWhenSignedIn();
  return (
    <Center as="main" minH="100dvh" px="4" py="10">
      <Card w="full" maxW="400px" p={{ base: "6", sm: "8" }}>
        <Stack gap="6">
          <Flex align="center" gap="3">
            <img src={`${import.meta.env.BASE_URL}favicon.svg`} width={36} height={36} alt="" />
            <div>
              <Heading as="h1" textStyle="lg" fontWeight="semibold">
                Sign in
              </Heading>
              <Text color="fg.muted">QLoRA tuning</Text>
            </div>
          </Flex>
          <LoginForm />
        </Stack>
      </Card>
    </Center>
  );
}

/** Also whoever has signed in meanwhile, in another tab. What an earlier page knew of the session does not count. */
function useLeaveWhenSignedIn() {
  const navigate = useNavigate();
  const { state } = useLocation() as Location<{ from?: Location } | null>;
  const { data: session, isFetchedAfterMount } = useQuery({ ...sessionQuery, refetchOnMount: "always", refetchOnWindowFocus: "always" });
  const leaves = isFetchedAfterMount && session?.signed_in === true;
  const from = state?.from;
  useEffect(() => {
    if (!leaves) return;
    refusal.clear();
    void navigate(from ? `${from.pathname}${from.search}${from.hash}` : "/", { replace: true });
  }, [leaves, from, navigate]);
}
