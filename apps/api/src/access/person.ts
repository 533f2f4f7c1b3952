import { z } from 'zod';

/** Who signed in through the provider, as a session keeps it. What they may do is read from the settings at each request. */
export const Person = z.object({
  name: z.string(),
  /** The value of the claim that let them in, one of the grants. */
  grant: z.string(),
});
export type Person = z.infer<typeof Person>;
