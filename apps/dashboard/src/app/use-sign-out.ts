import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { forgetSecrets } from '../features/access/shown-secrets.js';
import { ProblemError } from '../lib/api/client.js';
import { signOut } from '../lib/api/session.js';

/** Ends the session and leads to the page to sign in. */
export function useSignOut() {
  const client = useQueryClient();
  const navigate = useNavigate();
  return async () => {
    try {
      await signOut();
    } catch (error) {
      // A session that is over already is what was asked for.
      if (!(error instanceof ProblemError && error.status === 401)) {
        notifications.show({ color: 'red', title: 'Still signed in', message: (error as Error).message });
        return;
      }
    }
    client.clear();
    forgetSecrets();
    await navigate({ to: '/sign-in' });
  };
}
