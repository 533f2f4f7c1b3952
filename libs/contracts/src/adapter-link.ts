import { z } from 'zod';

/** An adapter in the store that is put into a base model. */
export const AdapterLink = z.strictObject({
  adapter: z.string().regex(/^[0-9a-f]{64}$/),
  rank: z.number().int().positive().optional().meta({ description: 'That it is served at.' }),
  factors: z.literal(true).optional().meta({
    description:
      'Kernels that it replaced by two factors are held as these in the base. Absent: they are multiplied, and whole.',
  }),
});
export type AdapterLink = z.infer<typeof AdapterLink>;
