/**
 * @file Steps that cut a text before a tokenizer's model sees it. The library reads several of them otherwise than Python's
 * `tokenizers` does; expressions that both read alike stand for these.
 */
import { TokenizerError } from './tokenizer-error.js';

/** A step as `tokenizer.json` writes it. */
export interface PreTokenizer {
  type?: string;
  [field: string]: unknown;
}

/** What `\w` is in Python's `tokenizers`: that of Rust's expressions, inside brackets. */
const word = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\u200c\\u200d';
const punctuation = '\\p{P}\\u0021-\\u002f\\u003a-\\u0040\\u005b-\\u0060\\u007b-\\u007e';

const split = (Regex: string, behavior: 'Isolated' | 'Removed', invert = false): PreTokenizer => ({
  type: 'Split',
  pattern: { Regex },
  behavior,
  invert,
});
/** Pieces are the matches; what lies between them is dropped. */
const matches = (expression: string) => split(expression, 'Removed', true);
/** Pieces are the matches and what lies between them. */
const isolated = (expression: string) => split(expression, 'Isolated');

/** Text up to the next delimiter. */
const before = (delimiter: string) => `(?:(?!${delimiter})[\\s\\S])`;

/** Says what becomes of delimiters: by the name that the file has for it, a step that cuts by an expression for one. */
const behaviors: Readonly<Record<string, (delimiter: string) => PreTokenizer>> = {
  Isolated: isolated,
  Removed: (delimiter) => split(delimiter, 'Removed'),
  Contiguous: (delimiter) => isolated(`${delimiter}+`),
  MergedWithPrevious: (delimiter) => matches(`${before(delimiter)}*${delimiter}|${before(delimiter)}+`),
  MergedWithNext: (delimiter) => matches(`${delimiter}?${before(delimiter)}+|${delimiter}`),
};

/** By type, the steps that the library reads otherwise. `at`: where the step stands in the file, for messages. */
const rewritten: Readonly<Record<string, (step: PreTokenizer, at: string) => PreTokenizer>> = {
  Digits: ({ individual_digits }) => isolated(individual_digits ? '\\p{N}' : '\\p{N}+'),
  Whitespace: () => matches(`[${word}]+|[^${word}\\p{White_Space}]+`),
  WhitespaceSplit: () => matches('\\P{White_Space}+'),
  Punctuation: ({ behavior = 'Isolated' }, at) => cut(`[${punctuation}]`, behavior, at),
  Metaspace({ replacement = '▁', add_prefix_space, prepend_scheme, split: isCut = true }, at) {
    const scheme = add_prefix_space === false ? 'never' : prepend_scheme;
    const spaced = { type: 'Metaspace', replacement, prepend_scheme: scheme };
    if (isCut === false) return spaced;
    return { type: 'Sequence', pretokenizers: [spaced, cut(literal(`${replacement}`), 'MergedWithNext', at)] };
  },
  Split({ pattern, behavior, invert }, at) {
    const { Regex: expression, String: text } = Object(pattern) as { Regex?: unknown; String?: unknown };
    if (typeof expression !== 'string' && typeof text !== 'string') {
      throw new TokenizerError(`${at}.pattern: expected { "Regex": … } or { "String": … }`);
    }
    const delimiter = typeof expression === 'string' ? `(?:${expression})` : literal(text as string);
    if (behavior === 'Removed' && invert === true) return matches(delimiter);
    if (behavior === 'Removed' && /(?<!\\)\((?!\?)/.test(delimiter)) {
      throw new TokenizerError(`${at}.pattern.Regex: an expression that captures is not supported where it is removed`);
    }
    if (String(behavior).startsWith('Merged') && invert === true) {
      throw new TokenizerError(`${at}.invert: expected false where the behavior is ${behavior}`);
    }
    return cut(delimiter, behavior, at); // inverted or not, the other two give the same pieces
  },
};

/**
 * A step, and all steps in it, as the library reads them to what Python's `tokenizers` does.
 *
 * @param at where it stands in the file, for messages
 * @throws TokenizerError naming a field whose value neither reads alike
 */
export function asInPython(step: PreTokenizer, at = 'pre_tokenizer'): PreTokenizer {
  const { pretokenizers } = step;
  if (Array.isArray(pretokenizers)) {
    const read = (inner: PreTokenizer, index: number) => asInPython(inner, `${at}.pretokenizers.${index}`);
    return { ...step, pretokenizers: pretokenizers.map(read) };
  }
  return rewritten[step.type ?? '']?.(step, at) ?? step;
}

/** Says by type whether earlier versions read such a step to other pieces. */
const readAnew: Readonly<Record<string, (step: PreTokenizer) => boolean>> = {
  Whitespace: () => true,
  Punctuation: () => true,
  Metaspace: ({ split: isCut, add_prefix_space }) => isCut !== false || add_prefix_space === false,
  Split: ({ behavior, invert }) => behavior !== 'Removed' && (behavior !== 'Isolated' || invert === true),
};

/** Whether earlier versions read a step, or one in it, to other pieces than this one. */
export const isReadAnew = (step: PreTokenizer): boolean =>
  Array.isArray(step.pretokenizers)
    ? step.pretokenizers.some(isReadAnew)
    : (readAnew[step.type ?? '']?.(step) ?? false);

function cut(delimiter: string, behavior: unknown, at: string): PreTokenizer {
  const make = behaviors[String(behavior)];
  if (make) return make(delimiter);
  throw new TokenizerError(
    `${at}.behavior: expected ${Object.keys(behaviors).join(' or ')}, got ${JSON.stringify(behavior)}`,
  );
}

/** An expression that matches a text and nothing else. */
const literal = (text: string) => `(?:${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')})`;
