import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './app/global.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { z } from 'zod';
import { warmPages } from './app/lazy-page.js';
import { Providers } from './app/providers.js';
import { queryClient } from './app/query-client.js';
import { createAppRouter } from './app/router.js';
import { forgetSecrets } from './features/access/shown-secrets.js';
import { meQuery } from './lib/api/session.js';
import { currentConnection, onConnection, watchConnection } from './lib/connection.js';
import { adoptLaunchKey } from './lib/launch-key.js';
import { onSessionEnd } from './lib/session-end.js';

// The page's content security policy refuses code made from strings, which zod would otherwise try once and log.
z.config({ jitless: true });

const container = document.getElementById('root');
if (!container) throw new Error('index.html has no element with id "root"');

const accepted = await adoptLaunchKey();
const router = createAppRouter(queryClient);
if (!accepted) await router.navigate({ to: '/sign-in', search: { refused: true } });

createRoot(container).render(
  <StrictMode>
    <Providers router={router} client={queryClient} />
  </StrictMode>,
);

watchConnection();
onConnection(() => {
  if (!currentConnection().isAway) void queryClient.invalidateQueries();
});
onSessionEnd(() => {
  forgetSecrets();
  // Who never was signed in here has nothing to lose; the address leads to the sign-in page by itself.
  if (queryClient.getQueryData(meQuery.queryKey) === undefined) return;
  queryClient.removeQueries(meQuery);
  void router.invalidate();
});
// After the first page has what it needs.
setTimeout(() => void warmPages(), 2_000);
