import { databaseFull } from '@rankforge/db';

/** The message of a driver may hold an address, so only its code leaves; those of Prisma tell nobody more. */
export function whyDown(error: unknown): string {
  if (databaseFull(error)) return 'has no room now: disk, memory or connections';
  const { code, name, message } = error as Error & { code?: unknown };
  // An answer of Redis starts with a word for its kind, such as READONLY.
  if (name === 'ReplyError') return message.replace(/ .*/s, '');
  return typeof code === 'string' && !/^P\d{4}$/.test(code) ? code : 'does not answer';
}
