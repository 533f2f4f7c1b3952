/** @file API keys and what their roles may do. */
import { z } from 'zod';
import { Id, Timestamp } from './common.js';

/** `viewer` reads; `submitter` also creates and steers sweeps; `admin` also sees keys. Each includes the one before. */
export const roles = ['viewer', 'submitter', 'admin'] as const;
export const Role = z.enum(roles).meta({ id: 'Role' });
export type Role = z.infer<typeof Role>;

export const KeyView = z
  .object({
    id: Id,
    name: z.string(),
    role: Role,
    prefix: z.string().meta({ description: 'First characters of the secret, to recognise it by.' }),
    createdAt: Timestamp,
    lastUsedAt: Timestamp.nullable(),
    revokedAt: Timestamp.nullable(),
  })
  .meta({ id: 'Key' });
export type KeyView = z.infer<typeof KeyView>;

export const KeyList = z.object({ keys: z.array(KeyView) }).meta({ id: 'KeyList' });
export type KeyList = z.infer<typeof KeyList>;

/** The key a request was made with. */
export const Me = z.object({ name: z.string(), role: Role }).meta({ id: 'Me' });
export type Me = z.infer<typeof Me>;

/** Secrets look like `rf_` and 43 characters of base64url (256 bits). */
export const KeySecret = z.string().regex(/^rf_[A-Za-z0-9_-]{43}$/, 'expected rf_ and 43 characters');

/** Body of `POST /v1/session`, with which the page signs in. */
export const SignIn = z.strictObject({ key: KeySecret }).meta({ id: 'SignIn' });
export type SignIn = z.infer<typeof SignIn>;
