/** @file Who is signed in. The page forgets the key: a session of a cookie and a token stands for it. */
import { Me, type Role, roles, SignedIn, SignInOptions } from '@rankforge/contracts';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { actIn } from '../acting-project.js';
import { keepPageToken } from '../page-token.js';
import { command, ProblemError, request } from './client.js';

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => whoAmI(signal),
  staleTime: Number.POSITIVE_INFINITY,
  retry: false,
});

/** From here on this window acts in the project that the answer names. */
export async function whoAmI(signal?: AbortSignal): Promise<Me> {
  const ask = () => request(Me, '/me', signal ? { signal } : {});
  const me = await ask().catch((error: unknown) => {
    if (!(error instanceof ProblemError) || error.status !== 404) throw error;
    // The project of this window is gone: that of the session is asked for.
    actIn(undefined);
    return ask();
  });
  actIn(me.installation ? me.project.name : undefined);
  return me;
}

/** How one may sign in besides by a key. */
export const signInOptionsQuery = queryOptions({
  queryKey: ['sign-in-options'],
  queryFn: ({ signal }) => request(SignInOptions, '/session/options', { signal }),
  staleTime: Number.POSITIVE_INFINITY,
});

export async function signIn(key: string): Promise<Me> {
  actIn(undefined);
  const { pageToken, ...me } = await request(SignedIn, '/session', { method: 'POST', body: { key } });
  keepPageToken(pageToken);
  return me;
}

export function signOut(): Promise<void> {
  return command('/session', { method: 'DELETE' });
}

/** Whether `role` includes what `needed` may do. */
export function mayAct(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed);
}

/** Whether who is signed in may do what needs this role; true until that is known. */
export function useMay(needed: Role): boolean {
  const me = useQuery(meQuery);
  return me.data === undefined || mayAct(me.data.role, needed);
}
