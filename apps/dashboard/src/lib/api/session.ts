/** @file Who is signed in. The page forgets the key: a session of a cookie and a token stands for it. */
import { Me, type Role, roles, SignedIn, SignInOptions } from '@rankforge/contracts';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { keepPageToken } from '../page-token.js';
import { command, request } from './client.js';

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => request(Me, '/me', { signal }),
  staleTime: Number.POSITIVE_INFINITY,
  retry: false,
});

/** How one may sign in besides by a key. */
export const signInOptionsQuery = queryOptions({
  queryKey: ['sign-in-options'],
  queryFn: ({ signal }) => request(SignInOptions, '/session/options', { signal }),
  staleTime: Number.POSITIVE_INFINITY,
});

export async function signIn(key: string): Promise<Me> {
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
