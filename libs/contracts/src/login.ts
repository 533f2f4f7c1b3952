/** @file Signing in through an identity provider. */
import { z } from 'zod';
import { text } from './bounds.js';
import { Slug } from './common.js';
import { Role } from './key.js';

/** What a person may do who has a value of the claim; `project` null: an admin of the installation. */
export const LoginGrant = z
  .strictObject({ role: Role, project: Slug.nullable() })
  .refine(({ role, project }) => project !== null || role === 'admin', 'without a project the role must be admin');
export type LoginGrant = z.infer<typeof LoginGrant>;

/** Values of the claim, the first that a person has decides: `{"ml-team": {"role": "submitter", "project": "vision"}}`. */
export const LoginGrants = z.record(text(256).min(1), LoginGrant);

/** Body of `GET /v1/session/options`: how the page may sign in besides by a key. */
export const SignInOptions = z.object({ provider: z.boolean() }).meta({ id: 'SignInOptions' });
export type SignInOptions = z.infer<typeof SignInOptions>;

/** Query of the way back from the provider; what is in it is checked against the session. */
export const LoginReturn = z.object({ state: text(512) }).catchall(text(4096));
export type LoginReturn = z.infer<typeof LoginReturn>;
