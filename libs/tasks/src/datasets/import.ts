/** @file From a user's file to a data set as it is kept. */
import type { DatasetReport, DatasetRow, DatasetSplit, SplitName } from '@rankforge/contracts';
import type { Segmenter } from '@rankforge/peft';
import { openSegmenter } from '../text/segmenters.js';
import { answersOf } from './answers.js';
import { besideQuestions, furtherDocuments, withCandidates } from './candidates.js';
import { DatasetError } from './dataset-error.js';
import { divide } from './divide.js';
import { skewedClasses } from './equal-rows.js';
import { type Example, type ReadOptions, readExamples } from './example.js';
import { FaultyRows } from './faulty-rows.js';
import { withFeatures } from './features.js';
import { tableFormats } from './formats.js';
import { divideInteractions } from './interactions.js';
import { hasInteractions, type Mapping, readMapping } from './mapping.js';
import { byQuery, queriesOf } from './queries.js';
import { classFolders } from './readers/images.js';
import { besideOrigins, listed, shown, shownConversation, shownRows, shownTexts, sizeOf } from './shown.js';
import { importCards } from './sites.js';
import type { Beside, Source } from './source.js';
import { type DatasetHead, writeDataset } from './stored.js';

export interface Imported {
  head: DatasetHead;
  report: DatasetReport;
  /** The split as it was made, with what a request leaves open. */
  split: DatasetSplit;
  /** The first examples with the mapping applied. */
  rows: DatasetRow[];
}

const previewRows = 20;

/**
 * Reads a file, applies the mapping, splits, and writes the data set to `out` where one is given. Nothing is written
 * unless everything is in order.
 *
 * @throws DatasetError naming file, place and field
 * @example await importDataset({ source: { path: '/tmp/a.csv', name: 'a.csv' }, format: 'csv', mapping, split }, '/tmp/out')
 */
export async function importDataset(options: ReadOptions, out?: string): Promise<Imported> {
  const mapping = mappingOf(options);
  if (options.format === 'sites') {
    const cards = await importCards((await tableFormats.sites.open(options.source)).rows, options, out);
    return { ...cards, split: options.split };
  }
  const rows: Example[] = [];
  const beside: Beside = { documents: [], queries: 0 };
  const faulty = new FaultyRows(options.skipEmpty ?? false);
  for await (const row of readExamples(options, mapping, beside, faulty)) rows.push(row);
  const left = options.skipEmpty ? { emptyRows: faulty.leftOut } : {};
  if (hasInteractions(mapping.form)) return importInteractions(rows, mapping, options, { out, left });
  const ofQueries = rows[0]?.fields.query !== undefined;
  const { searched = false } = mapping.form;
  const examples = ofQueries
    ? withCandidates(withFeatures(byQuery(rows, options.source), options.source, mapping.normalised), beside, {
        depth: mapping.candidates ?? 0,
        searched,
        segmenter: await segmenterOf(mapping, options.source),
      })
    : rows;
  const documents = searched
    ? furtherDocuments(examples, beside.documents, options.source)
    : besideQuestions(examples, beside.documents, options.source);
  const split = splitFor(examples, options);
  const { sides, duplicates, equal } = divide(examples, split, options.source);
  const { classes, unit, unitRows, report } = answersOf(examples, sides, mapping, options);
  const image = examples[0]?.fields.image;
  const features = examples[0]?.fields.rows?.[0]?.features?.length;
  const head: DatasetHead = {
    format: 'rankforge-dataset-1',
    objective: mapping.objective.name as DatasetHead['objective'],
    ...(features ? { features } : {}),
    ...(classes ? { classes } : {}),
    ...(unit ? { unit } : {}),
    ...(unitRows ? { unitRows } : {}),
    ...(examples[0]?.fields.messages ? { conversations: true } : {}),
    ...(mapping.answerTokens ? { answerTokens: mapping.answerTokens } : {}),
    ...(mapping.segmenter ? { segmenter: mapping.segmenter } : {}),
    ...(mapping.origins ? { origins: originsOf(examples, sides, mapping.origins) } : {}),
    ...(image ? { image: { height: image.height, width: image.width, channels: image.channels } } : {}),
  };
  if (out !== undefined) await writeDataset(out, head, { source: options.source, examples, sides, documents });
  const count = (side: SplitName) => sides.filter((other) => other === side).length;
  return {
    head,
    report: {
      examples: { train: count('train'), validation: count('validation'), test: count('test') },
      ...left,
      ...report,
      ...(ofQueries ? { queries: queriesOf(examples, beside.queries) } : {}),
      duplicates,
      ...equal,
      ...(report.classes && !options.ofSite ? skewedClasses(examples, sides, report.classes) : {}),
    },
    split,
    rows: examples.slice(0, previewRows).map((example, index) => previewOf(example, sides[index]!)),
  };
}

/** A hash of the content heeds classes where there are any, unless it is asked not to; a site has those that it happens to have. */
function splitFor(examples: readonly Example[], { split, ofSite }: ReadOptions): DatasetSplit {
  if (split.by !== 'hash' || split.stratified !== undefined || ofSite) return split;
  return examples[0]?.fields.label === undefined ? split : { ...split, stratified: true };
}

/** Rows of users and items: what is compared with others are users, so that nothing is looked for that is like something else. */
async function importInteractions(
  rows: readonly Example[],
  mapping: Mapping,
  { split, source }: ReadOptions,
  { out, left }: { out: string | undefined; left: Pick<DatasetReport, 'emptyRows'> },
): Promise<Imported> {
  const { examples, sides, entities, report } = divideInteractions(rows, split, mapping, source);
  const objective = mapping.objective.name as DatasetHead['objective'];
  // A user, the item, and one beside it.
  const unitRows = 2 + (mapping.objective.negatives ?? 0);
  const head: DatasetHead = { format: 'rankforge-dataset-1', objective, unitRows, entities };
  if (out !== undefined) await writeDataset(out, head, { source, examples, sides });
  const count = (side: SplitName) => sides.filter((other) => other === side).length;
  return {
    head,
    report: {
      examples: { train: count('train'), validation: count('validation'), test: count('test') },
      ...left,
      classes: null,
      numbers: null,
      interactions: report,
      duplicates: { search: 'exact', examples: report.repeated, acrossSplits: 0, pairs: [] },
    },
    split,
    rows: examples.slice(0, previewRows).map((example, index) => previewOf(example, sides[index]!)),
  };
}

/** Values of columns in the training split, in the order in which they first occur. */
function originsOf(examples: readonly Example[], sides: readonly SplitName[], columns: readonly string[]) {
  const trained = examples.filter((_, index) => sides[index] === 'train');
  return Object.fromEntries(
    columns.map((column) => [column, [...new Set(trained.map(({ origins }) => origins![column]!))]]),
  );
}

/** @throws DatasetError where this machine lacks what it needs */
const segmenterOf = ({ segmenter }: Mapping, { name }: Source): Promise<Segmenter> =>
  openSegmenter(segmenter).catch((cause: Error) => {
    throw new DatasetError(name, undefined, '/mapping/segmenter', cause.message, { cause });
  });

/** @throws DatasetError naming the first field of the mapping that is wrong */
function mappingOf({ mapping, format, source }: ReadOptions): Mapping {
  const read = readMapping(mapping, format);
  if (!('issues' in read)) return read;
  const [{ path, message }] = read.issues as [(typeof read.issues)[number]];
  throw new DatasetError(source.name, undefined, ['/mapping', ...path.map(String)].join('/'), message);
}

/** Columns of a table and its first rows, or the classes of a folder of images. */
export async function inspectDataset(
  source: Source,
  format: ReadOptions['format'],
): Promise<{ columns: string[]; rows: Record<string, string>[] }> {
  if (format === 'images') return { columns: await classFolders(source), rows: [] };
  const table = await tableFormats[format].open(source);
  const rows: Record<string, string>[] = [];
  for await (const { cells } of table.rows) {
    rows.push(Object.fromEntries(Object.entries(cells).map(([column, cell]) => [column, shown(cell)])));
    if (rows.length === 5) break;
  }
  const columns = [...table.columns()];
  if (columns.includes('__proto__')) {
    const problem = 'a column is called "__proto__", which JavaScript keeps for itself: rename it';
    throw new DatasetError(source.name, undefined, '/file', problem);
  }
  return { columns, rows };
}

function previewOf(
  {
    where,
    origins,
    fields: { image, number, answers, evidence, rows, messages, prompted, features: _, ...texts },
  }: Example,
  split: SplitName,
): DatasetRow {
  const fields: Record<string, string> = { ...shownTexts(texts), ...shownConversation(messages, prompted) };
  if (rows !== undefined) fields.rows = shownRows(rows);
  if (answers !== undefined) fields.answers = listed(answers);
  if (evidence !== undefined) fields.evidence = listed(evidence);
  if (number !== undefined) fields.number = String(number);
  if (image) fields.image = sizeOf(image);
  return { split, row: where, fields: besideOrigins(fields, origins) };
}
