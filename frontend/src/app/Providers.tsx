import { ChakraProvider } from "@chakra-ui/react";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";

import { toProblem } from "@/api/problem";
import { system } from "@/app/theme";

const RETRIES = 2;

/** What the service refused will be refused again; what it did not answer may be answered soon. */
function worthRetrying(failures: number, error: Error): boolean {
  const { status } = toProblem(error);
  return failures < RETRIES && (status === 0 || status >= 500);
}

function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        retry: worthRetrying,
        retryDelay: (failures) => 500 * 2 ** failures,
        staleTime: 1000,
        // The service is usually on this very machine: the browser's idea of "offline" says nothing about it.
        networkMode: "always",
      },
      mutations: { networkMode: "always" },
    },
  });
}

export function Providers({ children }: { children: ReactNode }) {
  const [queries] = useState(newQueryClient);
  return (
    <ChakraProvider value={system}>
      <QueryClientProvider client={queries}>{children}</QueryClientProvider>
    </ChakraProvider>
  );
}
