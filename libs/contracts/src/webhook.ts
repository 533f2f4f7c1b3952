/** @file Webhooks: what a project tells other programs of, signed by the Standard Webhooks scheme. */
import { z } from 'zod';
import { isStorable, longestUrl, unstorable } from './bounds.js';
import { Id, PageQuery, pageOf, Timestamp } from './common.js';

/** `trial.prediction-drift`: a training's measured peak is further from the predicted one than `predictionTolerance`. */
export const webhookEvents = [
  'sweep.completed',
  'sweep.cancelled',
  'sweep.removed',
  'trial.failed',
  'trial.prediction-drift',
] as const;
export const WebhookEvent = z.enum(webhookEvents).meta({ id: 'WebhookEvent' });
export type WebhookEvent = z.infer<typeof WebhookEvent>;

export const deliveryStates = ['PENDING', 'DELIVERED', 'DEAD'] as const;

const WebhookUrl = z
  .url({ protocol: /^https?$/, error: 'expected an http or https address' })
  .max(longestUrl, `may have at most ${longestUrl} characters`)
  .refine(isStorable, unstorable)
  .refine((text) => {
    if (!URL.canParse(text)) return true; // refused above
    const { username, password } = new URL(text);
    return username === '' && password === '';
  }, 'must not hold a user or a password: they would be shown to every admin');

/** Body of `POST /v1/webhooks`. */
export const CreateWebhook = z
  .strictObject({ url: WebhookUrl, events: z.array(WebhookEvent).min(1).max(webhookEvents.length) })
  .meta({ id: 'CreateWebhook' });
export type CreateWebhook = z.infer<typeof CreateWebhook>;

export const WebhookView = z
  .object({
    id: Id,
    url: z.string(),
    events: z.array(WebhookEvent),
    pending: z.number().int().meta({ description: 'Deliveries that are still tried.' }),
    dead: z.number().int().meta({ description: 'Deliveries that were given up.' }),
    createdAt: Timestamp,
  })
  .meta({ id: 'Webhook' });
export type WebhookView = z.infer<typeof WebhookView>;

export const WebhookList = z.object({ webhooks: z.array(WebhookView) }).meta({ id: 'WebhookList' });
export type WebhookList = z.infer<typeof WebhookList>;

/** A webhook with the secret that checks its signatures, which is never shown again. */
export const WebhookWithSecret = z
  .object({ webhook: WebhookView, secret: z.string() })
  .meta({ id: 'WebhookWithSecret' });
export type WebhookWithSecret = z.infer<typeof WebhookWithSecret>;

export const DeliveryView = z
  .object({
    id: Id.meta({ description: 'Also the `webhook-id` header: what comes twice has the same.' }),
    type: z.string(),
    state: z.enum(deliveryStates).meta({ description: 'DEAD: given up after the last attempt.' }),
    attempts: z.number().int(),
    dueAt: Timestamp.meta({ description: 'When it is tried next, while it is PENDING.' }),
    status: z.number().int().nullable().meta({ description: 'HTTP status of the last answer.' }),
    error: z.string().nullable(),
    createdAt: Timestamp,
    endedAt: Timestamp.nullable(),
  })
  .meta({ id: 'Delivery' });
export type DeliveryView = z.infer<typeof DeliveryView>;

export const DeliveryPage = pageOf(DeliveryView).meta({ id: 'DeliveryPage' });
export type DeliveryPage = z.infer<typeof DeliveryPage>;

export const DeliveryQuery = PageQuery.extend({ state: z.enum(deliveryStates).optional() });
export type DeliveryQuery = z.infer<typeof DeliveryQuery>;

export const RetriedDeliveries = z.object({ retried: z.number().int() }).meta({ id: 'RetriedDeliveries' });
export type RetriedDeliveries = z.infer<typeof RetriedDeliveries>;
