/** @file What an administrator says of generators, in the environment of API and workers. */
import { z } from 'zod';
import { type AddressPolicy, isWithin, loopback, readAddresses } from './address.js';
import { usualDeadlineMs } from './endpoint/patience.js';

/** Seconds until an endpoint that is added has listed its models: a person waits for it. */
export const longestToAdd = 20;

/** Addresses where an administrator lists none. */
const unlisted: readonly string[] = [loopback];

export const generatorVariables = {
  RANKFORGE_GENERATOR_ADDRESSES: z
    .string()
    .optional()
    .transform((text, context) => {
      if (text === undefined) return undefined;
      try {
        return readAddresses(text);
      } catch (error) {
        context.addIssue({ code: 'custom', message: (error as Error).message });
        return z.NEVER;
      }
    })
    .describe(
      'Addresses that generators may have, joined by commas; "loopback" is any port of this machine; default: loopback while there is one project, none once there are more',
    ),
  RANKFORGE_GENERATORS_PRIVATE: z
    .stringbool()
    .default(false)
    .describe('Let names among these addresses resolve to private and loopback addresses'),
  RANKFORGE_GENERATOR_SECONDS: z.coerce
    .number()
    .min(1)
    .max(86_400)
    .default(usualDeadlineMs / 1000)
    .describe(
      `Longest time until an answer of an endpoint is whole, however it comes; ${longestToAdd} at most where one is added`,
    ),
};

/** What an administrator says of addresses, as data that another process can be given. */
export interface GeneratorAddresses {
  /** Undefined where an administrator lists none. */
  listed: readonly string[] | undefined;
  /** Whether a name among these may resolve to a private address. */
  allowPrivate: boolean;
}

export interface GeneratorSettings {
  /** Longest time until an answer is whole. */
  deadlineMs: number;
  addresses: GeneratorAddresses;
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
  deadlineMs: env.RANKFORGE_GENERATOR_SECONDS * 1000,
  addresses: { listed: env.RANKFORGE_GENERATOR_ADDRESSES, allowPrivate: env.RANKFORGE_GENERATORS_PRIVATE },
  key(variable, url) {
    const key = environment[variable];
    if (!key) throw new Error(`the environment has no ${variable}, which keyFrom names: set it for API and workers`);
    const own = addressesOf(variable, environment, env.RANKFORGE_GENERATOR_ADDRESSES ?? unlisted);
    if (!own.some((entry) => isWithin(url, entry))) {
      throw new Error(
        `${variable} is for ${own.join(', ')}, and is not sent to ${url}: name the variable of this address in keyFrom, or let an administrator add it to ${variable}${addressEnding}`,
      );
    }
    return key;
  },
});

/** Addresses that generators may have on a platform of one project, or of several. */
export const addressPolicy = (
  { listed, allowPrivate }: GeneratorAddresses,
  projects: 'one project' | 'several projects',
): AddressPolicy => ({ allowed: listed ?? (projects === 'one project' ? unlisted : []), allowPrivate });

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
