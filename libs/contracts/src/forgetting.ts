/** @file What adaptation costs on the data that the base model was made from. */
import { z } from 'zod';

/**
 * Mean loss in nats on data that the base model was pre-trained beside and never saw, by the base model as it is and with
 * the adapter in it. A rise is what was forgotten.
 */
export const Forgetting = z
  .discriminatedUnion('measured', [
    z.object({
      measured: z.literal(true),
      data: z.string().meta({ description: 'What the base model was made from.' }),
      examples: z.number().int(),
      before: z.number(),
      after: z.number(),
    }),
    z.object({ measured: z.literal(false), reason: z.string() }),
  ])
  .meta({ id: 'Forgetting' });
export type Forgetting = z.infer<typeof Forgetting>;
