/** @file What zod says of a value in words that a person who fills a form understands; the rest is said as zod says it. */
import { z } from 'zod';

type Issue = z.core.$ZodRawIssue;

/** A value of a request as a sentence about it names it. */
export function shown(input: unknown): string {
  if (typeof input === 'string') return `"${input.slice(0, 64)}"`;
  if (Array.isArray(input)) return 'a list';
  return typeof input === 'object' && input !== null ? 'an object' : String(input);
}

function ofSize(issue: Issue & { code: 'too_small' | 'too_big' }): string | undefined {
  const { code, origin, inclusive } = issue;
  const bound = Number(code === 'too_small' ? issue.minimum : issue.maximum);
  if (origin === 'string') {
    if (code === 'too_big') return `may have at most ${bound} characters`;
    return bound === 1 ? 'must not be empty' : `must have at least ${bound} characters`;
  }
  if (origin === 'array') {
    if (code === 'too_big') return `may have at most ${bound} values`;
    return bound === 1 ? 'needs at least one value' : `needs at least ${bound} values`;
  }
  if (origin !== 'number' && origin !== 'int') return undefined;
  const limit =
    code === 'too_small'
      ? inclusive === false
        ? 'greater than'
        : 'at least'
      : inclusive === false
        ? 'less than'
        : 'at most';
  return `must be ${limit} ${bound}, got ${shown(issue.input)}`;
}

function ofType({ input, expected }: Issue & { code: 'invalid_type' }): string {
  if (input === undefined) return `is missing (expected ${expected})`;
  if (Number.isNaN(input)) return 'expected a number';
  if (expected === 'int' && typeof input === 'number') return `must be a whole number, got ${input}`;
  const said = `expected ${expected}, got ${shown(input)}`;
  const isOne = typeof input === 'number' || typeof input === 'string';
  return expected === 'array' && isOne ? `${said}; a list of one is written [${shown(input)}]` : said;
}

/** Says what an object may have in the place of keys that it does not know. */
function ofKeys({ inst, keys }: Issue & { code: 'unrecognized_keys' }): string {
  const known = inst instanceof z.core.$ZodObject ? Object.keys(inst._zod.def.shape) : [];
  return `unknown key${namesOf(keys)}${known.length > 0 ? `; known are ${known.join(', ')}` : ''}`;
}

/** Names of unknown keys in a message, which a path says where there is one. */
export const namesOf = (keys: readonly string[]): string => ` ${keys.map((key) => JSON.stringify(key)).join(', ')}`;

function ofValue({ input, values }: Issue & { code: 'invalid_value' }): string {
  const all = z.core.util.joinValues(values, ', ');
  return input === undefined ? `is missing (expected one of ${all})` : `expected one of ${all}, got ${shown(input)}`;
}

/** Words for the mistakes that people make most; undefined leaves it to zod. A message that a schema has of its own wins. */
export function inWords(issue: Issue): string | undefined {
  if (issue.code === 'too_small' || issue.code === 'too_big') return ofSize(issue);
  if (issue.code === 'invalid_format' && issue.format === 'uuid') {
    return `expected an id, which is a UUID, got ${shown(issue.input)}`;
  }
  if (issue.code === 'unrecognized_keys') return ofKeys(issue);
  if (issue.code === 'invalid_value' && issue.values.length > 1) return ofValue(issue);
  return issue.code === 'invalid_type' ? ofType(issue) : undefined;
}

z.config({ customError: inWords });
