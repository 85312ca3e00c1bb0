import { Flex, Text } from "@chakra-ui/react";

/** The product's mark and name. */
export function Product({ nameFrom }: { nameFrom: "base" | "lg" }) {
  return (
    <Flex align="center" gap="2.5" px="2">
      <img src={`${import.meta.env.BASE_URL}favicon.svg`} width={24} height={24} alt="" />
      <Text fontWeight="semibold" display={nameFrom === "base" ? "block" : { base: "none", lg: "block" }}>
        QLoRA tuning
      </Text>
    </Flex>
  );
}
