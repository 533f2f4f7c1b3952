/** @file Liveness and readiness. */
import { z } from 'zod';

export const Readiness = z
  .object({
    ready: z.boolean(),
    dependencies: z.array(z.object({ name: z.string(), up: z.boolean(), detail: z.string().optional() })),
    version: z.string(),
  })
  .meta({ id: 'Readiness' });
export type Readiness = z.infer<typeof Readiness>;
