/** @file Who is signed in. The key itself is held by the server's cookie, never by the page. */
import { Me, type Role, roles, SignInOptions } from '@rankforge/contracts';
import { queryOptions, useQuery } from '@tanstack/react-query';
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

export function signIn(key: string): Promise<Me> {
  return request(Me, '/session', { method: 'POST', body: { key } });
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
