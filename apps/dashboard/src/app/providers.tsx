import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { type QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { SecretOnce } from '../features/access/secret-once.js';
import type { AppRouter } from './router.js';
import { readableColors, theme } from './theme.js';

export function Providers({ router, client }: { router: AppRouter; client: QueryClient }) {
  return (
    <MantineProvider theme={theme} cssVariablesResolver={readableColors} defaultColorScheme="auto">
      <QueryClientProvider client={client}>
        <Notifications position="bottom-right" />
        <RouterProvider router={router} />
        <SecretOnce />
      </QueryClientProvider>
    </MantineProvider>
  );
}
