/** @file API keys and what their roles may do. */
import { z } from 'zod';
import { nameText, whole } from './bounds.js';
import { Id, Timestamp } from './common.js';
import { ProjectName } from './project.js';
import { QuotaChange, Quotas, RealQuotaChange, Usage } from './quota.js';

/** `viewer` reads; `submitter` also creates and steers sweeps; `admin` also manages keys. Each includes the one before. */
export const roles = ['viewer', 'submitter', 'admin'] as const;
export const Role = z.enum(roles).meta({ id: 'Role' });
export type Role = z.infer<typeof Role>;

/** Days a key may live that has an end. */
const expiryDaysAtMost = 3650;
const overlapHoursAtMost = 30 * 24;

export const KeyView = z
  .object({
    id: Id,
    name: z.string(),
    role: Role,
    project: ProjectName.nullable().meta({ description: 'Null: an admin of the whole installation.' }),
    prefix: z.string().meta({ description: 'First characters of the secret, to recognise it by.' }),
    createdAt: Timestamp,
    lastUsedAt: Timestamp.nullable(),
    revokedAt: Timestamp.nullable(),
    expiresAt: Timestamp.nullable(),
    rotatedAt: Timestamp.nullable(),
    previousEndsAt: Timestamp.nullable().meta({
      description: 'Until then the secret before the last rotation works as well.',
    }),
    quotas: Quotas,
    usage: Usage.meta({ description: 'By the sweeps, data sets and adapters that it made, in every project.' }),
  })
  .meta({ id: 'Key' });
export type KeyView = z.infer<typeof KeyView>;

export const KeyList = z.object({ keys: z.array(KeyView) }).meta({ id: 'KeyList' });
export type KeyList = z.infer<typeof KeyList>;

export const KeyName = nameText(100);

/** Body of `POST /v1/keys`. */
export const CreateKey = z
  .strictObject({
    name: KeyName.meta({ description: 'What it is for.' }),
    role: Role.default('submitter'),
    installation: z.boolean().default(false).meta({
      description: 'An admin of every project instead of a key of this one; only such an admin makes another.',
    }),
    expiresInDays: whole(1, expiryDaysAtMost).optional(),
    quotas: QuotaChange.default({}).meta({ description: 'Those of its project bind as well.' }),
  })
  .meta({ id: 'CreateKey' });
export type CreateKey = z.infer<typeof CreateKey>;

/** Body of `PATCH /v1/keys/:id`. */
export const ChangeKey = z.strictObject({ quotas: RealQuotaChange }).meta({ id: 'ChangeKey' });
export type ChangeKey = z.infer<typeof ChangeKey>;

/** Body of `POST /v1/keys/:id/rotate`. */
export const RotateKey = z
  .strictObject({
    overlapHours: z.number().min(0).max(overlapHoursAtMost).default(24).meta({
      description: 'How long the old secret goes on working; 0 ends it at once.',
    }),
    expiresInDays: whole(1, expiryDaysAtMost).optional().meta({
      description: 'A new end of the key; without it the one it has stays.',
    }),
  })
  .meta({ id: 'RotateKey' });
export type RotateKey = z.infer<typeof RotateKey>;

/** A key with its secret, which is never shown again. */
export const KeyWithSecret = z.object({ key: KeyView, secret: z.string() }).meta({ id: 'KeyWithSecret' });
export type KeyWithSecret = z.infer<typeof KeyWithSecret>;

/** Who makes a request: a key, or a person who signed in. */
export const Me = z
  .object({
    name: z.string(),
    role: Role,
    project: ProjectName.meta({ description: 'The project this request acts in.' }),
    installation: z.boolean().meta({ description: 'May act in every project and manage projects.' }),
  })
  .meta({ id: 'Me' });
export type Me = z.infer<typeof Me>;

/** Header in which the page sends its token beside the cookie of its session. */
export const pageHeader = 'rankforge-page';

/** Under this name a browser's local storage keeps the token for the pages of this origin. */
export const pageTokenItem = 'rankforge.page';

/** Answer of `POST /v1/session`. */
export const SignedIn = Me.extend({
  pageToken: z.string().meta({
    description: `Is sent in the header \`${pageHeader}\` with every request of the session: its cookie alone opens nothing.`,
  }),
}).meta({ id: 'SignedIn' });
export type SignedIn = z.infer<typeof SignedIn>;

/** Secrets look like `rf_` and 43 characters of base64url (256 bits). */
export const KeySecret = z
  .string()
  .max(46)
  .regex(/^rf_[A-Za-z0-9_-]{43}$/, 'expected rf_ and 43 characters');

/** Body of `POST /v1/session`, with which the page signs in. */
export const SignIn = z.strictObject({ key: KeySecret }).meta({ id: 'SignIn' });
export type SignIn = z.infer<typeof SignIn>;
