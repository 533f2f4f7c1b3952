/** @file Rows in memory as the data of a training. */
import type { LoadedBase } from '../models/base.js';
import { type ModelInputKind, modelInput } from '../models/config.js';
import { endsOfText } from '../models/huggingface.js';
import type { Split } from '../objectives/data.js';
import { exampleForms } from '../objectives/examples.js';
import { type ObjectiveName, objectiveNames, objectives } from '../objectives/registry.js';
import type { FeatureQuery } from './features.js';
import { type EarlierRows, type RowFacts, type RowKindOf, type RowOf, type RowTexts, rowKinds } from './rows.js';
import type { TaskData } from './task-data.js';
import type { TextOptions } from './text.js';
import { openTokenizer } from './tokenizer.js';

export interface Rows<O extends ObjectiveName> {
  objective: O;
  train: readonly RowOf<O>[];
  validation: readonly RowOf<O>[];
  /** Read by `evaluate` alone. Omitted: there is no test split, and asking for it is an error. */
  test?: readonly RowOf<O>[];
  /** Names of classes in the order of their ids. Default: those of the training rows, sorted. */
  labels?: readonly string[];
  /** Documents to search besides the texts of rows, where a corpus is searched; where rows are interactions, the names of all items. */
  documents?: readonly string[];
  /** Tokens of an example; longer texts are cut. Default: 128, or the longest that the model reads. */
  sequenceLength?: number;
  /** Most tokens of an answer, where the model writes answers. Default: 32. */
  answerTokens?: number;
  /** Default: the tokenizer of the model. */
  tokenizer?: Omit<TextOptions, 'sequenceLength'>;
}

export interface RowData extends TaskData {
  /** Names of classes in the order of their ids. */
  labels?: readonly string[];
}

/** Facts of a model by which texts become tokens. */
type RowModel = Pick<LoadedBase, 'tokenizer'> & Partial<Pick<LoadedBase, 'namedTokens'>>;

const splitNames = ['train', 'validation', 'test'] as const;
const defaultLength = 128;

/**
 * Rows in memory as what `train` and `evaluate` read. A text may be given as a string or as its token ids.
 *
 * @throws RangeError naming the split, the row and the field that cannot be used, and what was expected
 * @example
 * const data = fromRows(model, {
 *   objective: 'classification',
 *   train: [{ text: 'buy now', label: 'spam' }, { text: 'see you at noon', label: 'ham' }],
 *   validation: [{ text: 'buy two', label: 'spam' }],
 * });
 */
export function fromRows<O extends ObjectiveName>(
  model: Pick<LoadedBase, 'config'> & RowModel,
  rows: Rows<O>,
): RowData {
  const objective = objectives.find(({ name }) => name === rows.objective);
  if (objective === undefined) {
    throw new RangeError(`objective: expected one of ${objectiveNames.join(', ')}, got ${rows.objective}`);
  }
  const kind = rowKinds[objective.examples] as unknown as AnyKind<O>;
  const input = modelInput(model.config);
  if (input.kind !== kind.input) {
    throw new RangeError(
      `${rows.objective} needs a model that reads ${nouns[kind.input]}; this one reads ${nouns[input.kind]}`,
    );
  }
  const read = Object.fromEntries(
    splitNames.map((split) => [split, rows[split] && checked(split, rows[split], kind, input)]),
  );
  const options = textOptions(model, rows, input);
  const { answerTokens = exampleForms.answered.answerTokens.usual, documents = [] } = rows;
  const every = splitNames.flatMap((split) => read[split] ?? []);
  const texts = { options, answerTokens, documents };
  const facts = inSplit('train', () => kind.facts(read.train!, rows.labels, texts, every));
  requireVectors(facts, input);
  const splits = splitNames.map((split, at) => {
    const earlier = at === 0 ? undefined : splitNames.slice(0, at).flatMap((before) => read[before] ?? []);
    return [split, splitOf(split, read[split], { kind, facts, options, earlier })];
  });
  const { catalogue: _, ...said } = facts;
  return { objective: rows.objective, ...said, ...Object.fromEntries(splits) } as RowData;
}

interface AnyKind<O extends ObjectiveName> {
  row: RowKindOf<O>['row'];
  input: ModelInputKind['kind'];
  facts(
    train: readonly RowOf<O>[],
    labels: readonly string[] | undefined,
    texts: RowTexts,
    every: readonly RowOf<O>[],
  ): RowFacts;
  split(rows: readonly RowOf<O>[], facts: RowFacts, options: TextOptions, earlier: EarlierRows<RowOf<O>>): Split;
}

const nouns = {
  tokens: 'texts',
  image: 'images',
  fields: 'rows of fields',
  features: 'rows of features',
} satisfies Record<ModelInputKind['kind'], string>;

function checked<O extends ObjectiveName>(
  split: string,
  rows: readonly RowOf<O>[],
  { row }: AnyKind<O>,
  input: ModelInputKind,
): readonly RowOf<O>[] {
  if (rows.length === 0) throw new RangeError(`${split}: expected at least one row, got none`);
  rows.forEach((one, index) => {
    const { error } = row.safeParse(one);
    const issue = error?.issues[0];
    if (issue) throw new RangeError(`${split}, row ${index}${field(issue.path)}: ${issue.message}`);
    for (const [name, value] of Object.entries(one)) {
      const problem = misfit(value, name, input);
      if (problem) throw new RangeError(`${split}, row ${index}, ${name}: ${problem}`);
    }
  });
  return rows;
}

const field = (path: readonly PropertyKey[]) => (path.length > 0 ? `, ${path.join('.')}` : '');

/** Says why the model cannot read a value. */
function misfit(value: unknown, name: string, input: ModelInputKind): string | undefined {
  if (input.kind === 'image') {
    const { height, width, channels } = input;
    const expected = height * width * channels;
    if (name !== 'pixels' || (value as Uint8Array).length === expected) return undefined;
    return `expected ${height} × ${width} × ${channels} = ${expected} samples, got ${(value as Uint8Array).length}`;
  }
  if (input.kind === 'features') {
    const wide =
      name === 'rows' && (value as FeatureQuery['rows']).find(({ features }) => features.length > input.count);
    return wide ? `the model reads ${input.count} features of a row, got ${wide.features.length}` : undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const ids = Array.from(value as ArrayLike<number>);
  if (!ids.every(Number.isInteger)) return undefined;
  if (input.kind === 'tokens') {
    const unknown = ids.find((id) => id < 0 || id >= input.vocabularySize);
    return unknown === undefined
      ? undefined
      : `the model knows tokens 0 to ${input.vocabularySize - 1}, got ${unknown}`;
  }
  const { cardinalities } = input;
  if (ids.length !== cardinalities.length) return `expected ${cardinalities.length} fields, got ${ids.length}`;
  const at = ids.findIndex((id, index) => id >= cardinalities[index]!);
  return at < 0 ? undefined : `field ${at} has ids 0 to ${cardinalities[at]! - 1}, got ${ids[at]}`;
}

function textOptions<O extends ObjectiveName>(
  model: RowModel,
  { sequenceLength, tokenizer }: Rows<O>,
  input: ModelInputKind,
): TextOptions {
  const longest = input.kind === 'tokens' ? input.contextLength : defaultLength;
  const length = sequenceLength ?? Math.min(defaultLength, longest);
  if (!Number.isInteger(length) || length < 1 || length > longest) {
    throw new RangeError(
      `sequenceLength: expected a whole number from 1 to ${longest}, which the model reads, got ${length}`,
    );
  }
  return { ...(tokenizer ?? tokenizerOf(model, input)), sequenceLength: length };
}

function tokenizerOf({ tokenizer, namedTokens }: RowModel, input: ModelInputKind): Omit<TextOptions, 'sequenceLength'> {
  if (tokenizer !== null) {
    return input.kind === 'tokens'
      ? { ...openTokenizer(tokenizer, input), end: endsOfText(namedTokens, input)[0] }
      : openTokenizer(tokenizer);
  }
  return {
    encode(text) {
      throw new RangeError(
        `${JSON.stringify(text.slice(0, 40))} is a text, and the model has no tokenizer: pass tokenizer, or give token ids`,
      );
    },
  };
}

/** @throws RangeError where the model has fewer vectors than there are users and items */
function requireVectors({ catalogue }: RowFacts, input: ModelInputKind): void {
  if (!catalogue || input.kind !== 'fields') return;
  const { cardinalities } = input;
  if (cardinalities.length === 1 && cardinalities[0]! >= catalogue.entities) return;
  throw new RangeError(
    `there are ${catalogue.users.size} users and ${catalogue.items.size} items, a vector for each of which one field with ${catalogue.entities} ids or more has; this model has fields with ${cardinalities.join(', ')} ids`,
  );
}

interface Making<O extends ObjectiveName> {
  kind: AnyKind<O>;
  facts: RowFacts;
  options: TextOptions;
  earlier: EarlierRows<RowOf<O>>;
}

function splitOf<O extends ObjectiveName>(
  name: string,
  rows: readonly RowOf<O>[] | undefined,
  { kind, facts, options, earlier }: Making<O>,
): Split {
  if (rows === undefined) return absent(name);
  const split = inSplit(name, () => kind.split(rows, facts, options, earlier));
  if (split.size > 0) return split;
  throw new RangeError(
    `${name}: its texts together hold no ${options.sequenceLength + 1} tokens; lower sequenceLength`,
  );
}

function absent(name: string): Split {
  const refuse = () => {
    throw new RangeError(`${name}: no rows of this split were given to fromRows`);
  };
  return { size: 0, batch: refuse, answers: refuse };
}

function inSplit<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof RangeError) || cause.message.startsWith(name)) throw cause;
    throw new RangeError(`${name}, ${cause.message}`, { cause });
  }
}
