/** @file What an API finds when it looks at the servers, the folder and the programs that it works with. */
import { z } from 'zod';

export const Finding = z
  .object({
    name: z.string(),
    state: z.enum(['ok', 'warn', 'fail']).meta({
      description: 'warn: it works, and less well or less safely than it should; fail: something does not work.',
    }),
    found: z.string(),
    advice: z.string().optional().meta({ description: 'What to do; absent where nothing is to be done.' }),
  })
  .meta({ id: 'Finding' });
export type Finding = z.infer<typeof Finding>;

export const Diagnosis = z
  .object({ version: z.string().meta({ description: 'Of the API that answers.' }), findings: z.array(Finding) })
  .meta({ id: 'Diagnosis' });
export type Diagnosis = z.infer<typeof Diagnosis>;
