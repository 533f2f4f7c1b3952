/** @file What an administrator says of generators, in the environment of API and workers. */
import { z } from 'zod';
import { type AddressPolicy, isWithin, loopback, readAddresses } from './address.js';

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
  /**
   * The key in a variable of the environment, for an address that it may be sent to.
   * @throws Error where it is not set, or not for this address
   */
  key(variable: string, url: string): string;
}

export const readGeneratorSettings = (
  env: z.output<z.ZodObject<typeof generatorVariables>>,
  environment: Readonly<Record<string, string | undefined>>,
): GeneratorSettings => ({
  allowed: env.RANKFORGE_GENERATOR_ADDRESSES,
  allowPrivate: env.RANKFORGE_GENERATORS_PRIVATE,
  key(variable, url) {
    const key = environment[variable];
    if (!key) throw new Error(`the environment has no ${variable}, which keyFrom names: set it for API and workers`);
    const own = addressesOf(variable, environment, env.RANKFORGE_GENERATOR_ADDRESSES);
    if (!own.some((entry) => isWithin(url, entry))) {
      throw new Error(
        `${variable} is for ${own.join(', ')}, and is not sent to ${url}: name the variable of this address in keyFrom, or let an administrator add it to ${variable}${addressEnding}`,
      );
    }
    return key;
  },
});

/** Ending of the variable that says which addresses the key of a variable is for. */
const addressEnding = '_ADDRESS';

/** @throws Error where nothing says which of several allowed addresses a key is for */
function addressesOf(
  variable: string,
  environment: Readonly<Record<string, string | undefined>>,
  allowed: readonly string[],
): readonly string[] {
  const companion = variable + addressEnding;
  const said = environment[companion];
  if (said) {
    try {
      return readAddresses(said);
    } catch (cause) {
      throw new Error(`${companion}: ${(cause as Error).message}`, { cause });
    }
  }
  if (allowed.length === 1) return allowed;
  throw new Error(
    `nothing says which of the ${allowed.length} allowed addresses ${variable} is for: an administrator sets ${companion} to it, for API and workers`,
  );
}
