/** @file What an administrator says of generators, in the environment of API and workers. */
import { z } from 'zod';
import { type AddressPolicy, loopback, readAddresses } from './address.js';

export const generatorVariables = {
  RANKFORGE_GENERATOR_ADDRESSES: z
    .string()
    .default(loopback)
    .transform((text, context) => {
      try {
        return readAddresses(text);
      } catch (error) {
        context.addIssue({ code: 'custom', message: (error as Error).message });
        return z.NEVER;
      }
    })
    .describe('Addresses that generators may have, joined by commas; "loopback" is any port of this machine'),
  RANKFORGE_GENERATORS_PRIVATE: z
    .stringbool()
    .default(false)
    .describe('Let names among these addresses resolve to private, loopback and link-local addresses'),
};

export interface GeneratorSettings extends AddressPolicy {
  /** The key in a variable of the environment. @throws Error where it is not set */
  key(variable: string): string;
}

export const readGeneratorSettings = (
  env: z.output<z.ZodObject<typeof generatorVariables>>,
  environment: Readonly<Record<string, string | undefined>>,
): GeneratorSettings => ({
  allowed: env.RANKFORGE_GENERATOR_ADDRESSES,
  allowPrivate: env.RANKFORGE_GENERATORS_PRIVATE,
  key(variable) {
    const key = environment[variable];
    if (!key) throw new Error(`the environment has no ${variable}, which keyFrom names: set it for API and workers`);
    return key;
  },
});
