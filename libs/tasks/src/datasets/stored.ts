/**
 * @file A data set as it is kept: a file of JSON lines, the first of which says what the others are. It holds the examples
 * as they are trained on, with their splits, so the source is not needed any more and its hash says all of the data.
 */
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type SplitName, SplitNameSchema } from '@rankforge/contracts';
import { type ObjectiveName, requests } from '@rankforge/peft';
import { z } from 'zod';
import { segmenterNames } from '../text/segmenters.js';
import { DatasetError } from './dataset-error.js';
import type { Example } from './example.js';
import { toBase64 } from './features.js';
import type { GradedRow } from './fields.js';
import { importable } from './mapping.js';
import { linesOf } from './readers/jsonl.js';
import { PublicKey } from './site-keys.js';
import type { Source } from './source.js';

/** A site whose examples lie with a worker. */
const SiteOfData = z.object({
  name: z.string(),
  /** Digest of the file that the site keeps. */
  sha256: z.string(),
  /** The key by which it masks its messages, in base64url. Absent: it has none. */
  publicKey: PublicKey.optional(),
  examples: z.object({ train: z.int().positive(), validation: z.int().positive(), test: z.int().positive() }),
});
export type SiteOfData = z.infer<typeof SiteOfData>;

/** First line of the file. */
export const DatasetHead = z.object({
  format: z.literal('rankforge-dataset-1'),
  objective: z.enum(importable.map(({ name }) => name) as [ObjectiveName, ...ObjectiveName[]]),
  /** What it is, for data that comes with a base model. */
  title: z.string().optional(),
  /** Names in the order of their ids. */
  classes: z.array(z.string()).optional(),
  unit: z.object({ mean: z.number(), deviation: z.number().positive() }).optional(),
  /** Rows of the largest unit, where units have several. */
  unitRows: z.int().positive().optional(),
  image: z.object({ height: z.int(), width: z.int(), channels: z.int() }).optional(),
  /** Users and items together, each of which has a vector. */
  entities: z.int().positive().optional(),
  /** Numbers of a row, where rows are ranked by these. */
  features: z.int().positive().optional(),
  /** Examples are conversations, which a chat template makes texts. */
  conversations: z.literal(true).optional(),
  /** Most tokens of an answer, where the model writes answers. */
  answerTokens: z.int().positive().optional(),
  /** How texts fall apart into words. Absent: at white space. */
  segmenter: z.enum(segmenterNames).optional(),
  /** By column: where the examples of the training split are from. */
  origins: z.record(z.string(), z.array(z.string())).optional(),
  /** Sites that keep the examples. Absent: they stand in this file. */
  sites: z.array(SiteOfData).optional(),
});
export type DatasetHead = z.infer<typeof DatasetHead>;

const StoredRow = z.object({
  text: z.string(),
  grade: z.number(),
  lost: z.literal(true).optional(),
  /** Numbers in float32, little-endian, in base64. */
  features: z.string().optional(),
});

const Line = z.object({
  split: SplitNameSchema,
  row: z.string(),
  /** Where it is from, by column. */
  origins: z.record(z.string(), z.string()).optional(),
  text: z.string().optional(),
  prompt: z.string().optional(),
  completion: z.string().optional(),
  /** A conversation, of which the first `prompted` messages are the prompt. */
  messages: z
    .array(z.object({ role: z.string(), content: z.string() }))
    .nonempty()
    .optional(),
  prompted: z.int().nonnegative().optional(),
  /** All are right, and the first is learned. */
  answers: z.array(z.string()).nonempty().optional(),
  /** Texts that the answers follow from; none where nobody said which. */
  evidence: z.array(z.string()).optional(),
  request: z.enum(requests).optional(),
  /** The text that documents are searched by, where it is not the prompt. */
  search: z.string().optional(),
  query: z.string().optional(),
  /** The rows of the query. */
  rows: z.array(StoredRow).optional(),
  user: z.string().optional(),
  item: z.string().optional(),
  rating: z.number().optional(),
  time: z.number().optional(),
  /** Class id. */
  label: z.int().optional(),
  number: z.number().optional(),
  /** Samples in base64. */
  pixels: z.string().optional(),
});
/** An example as it is kept. */
export type StoredExample = z.infer<typeof Line>;

/** A document that is searched and that is no example's. */
const StoredDocument = z.object({ document: z.string() });
export type StoredDocument = z.infer<typeof StoredDocument>;

const Stored = z.union([StoredDocument, Line]);

/** Characters of a line of a data set: none is read that is longer, and none is written. All rows of a query are one line. */
const longestLine = 64 * 1024 * 1024;

const storedRow = ({ features, ...row }: GradedRow): z.infer<typeof StoredRow> => ({
  ...row,
  ...(features && { features: toBase64(features) }),
});

/** Characters that a line has at least for its rows: texts, and four for every three bytes of numbers. */
const leastCharacters = (rows: readonly GradedRow[] = []): number =>
  rows.reduce((sum, { text, features }) => sum + text.length + ((features?.byteLength ?? 0) * 4) / 3, 0);

function requireReadable(characters: number, { where, fields: { query, rows } }: Example, { name }: Source): void {
  if (characters <= longestLine) return;
  const most = `${Math.ceil(characters / 2 ** 20)} MiB as they are kept, and at most ${longestLine / 2 ** 20} MiB can be read`;
  const problem =
    query === undefined
      ? `its fields are ${most}; shorten them`
      : `the ${rows!.length} rows of query "${query.slice(0, 80)}" are ${most}; leave out rows of it, or shorten their texts`;
  throw new DatasetError(name, where, '/file', problem);
}

/** @throws DatasetError for an example whose line would be too long to be read; the file is then taken away */
export async function writeDataset(
  path: string,
  head: DatasetHead,
  {
    source,
    examples,
    sides,
    documents = [],
  }: {
    source: Source;
    examples: readonly Example[];
    sides: readonly SplitName[];
    /** Documents that are searched besides the texts of examples. */
    documents?: readonly string[];
  },
): Promise<void> {
  const ids = new Map(head.classes?.map((name, id) => [name, id]));
  function* lines() {
    yield `${JSON.stringify(head)}\n`;
    for (const [index, example] of examples.entries()) {
      const { where, origins, fields } = example;
      // A text of all of them could be longer than any text may be.
      requireReadable(leastCharacters(fields.rows), example, source);
      const { image, label, rows, features: _, ...rest } = fields;
      const line: StoredExample = {
        split: sides[index]!,
        row: where,
        ...(origins ? { origins } : {}),
        ...rest,
        ...(rows ? { rows: rows.map(storedRow) } : {}),
        ...(label === undefined ? {} : { label: ids.get(label)! }),
        ...(image ? { pixels: Buffer.from(image.pixels).toString('base64') } : {}),
      };
      const text = JSON.stringify(line);
      requireReadable(text.length, example, source);
      yield `${text}\n`;
    }
    for (const document of documents) yield `${JSON.stringify({ document } satisfies StoredDocument)}\n`;
  }
  try {
    await pipeline(Readable.from(lines()), createWriteStream(path, { flags: 'wx' }));
  } catch (error) {
    // A file that was there already is another's, and stays.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') await rm(path, { force: true });
    throw error;
  }
}

/**
 * Reads a kept data set, line by line.
 * @throws Error when the file is not one
 */
export async function* readDataset(path: string): AsyncGenerator<DatasetHead | StoredExample | StoredDocument> {
  const lines = linesOf({ path, name: path }, longestLine);
  const first = await lines.next();
  yield DatasetHead.parse(JSON.parse(first.value ?? 'null'));
  for await (const line of lines) yield Stored.parse(JSON.parse(line));
}

/** The whole of a kept data set, by split. */
export async function loadDataset(
  path: string,
): Promise<{ head: DatasetHead; splits: Record<SplitName, StoredExample[]>; documents: string[] }> {
  const splits: Record<SplitName, StoredExample[]> = { train: [], validation: [], test: [] };
  const documents: string[] = [];
  let head: DatasetHead | undefined;
  for await (const line of readDataset(path)) {
    if ('format' in line) head = line;
    else if ('document' in line) documents.push(line.document);
    else splits[line.split].push(line);
  }
  return { head: head!, splits, documents };
}
