/** @file A user's data set as a task. */
import { datasetOf, datasetTask } from '@rankforge/contracts';
import {
  type Catalogue,
  catalogueOf,
  completions,
  conversations,
  corpusOf,
  type ExampleFormName,
  featureQueries,
  findObjective,
  gradedTexts,
  groundedTexts,
  heldOutInteractions,
  type Interaction,
  labelledImages,
  labelledTexts,
  layoutOf,
  libraryOf,
  metricsOf,
  numberedTexts,
  type PromptAndAnswers,
  questions,
  type Split,
  searchedTexts,
  type TaskData,
  trainedInteractions,
  windows,
  writingOf,
} from '@rankforge/peft';
import { type LoadOptions, loadChecked, type Task } from '../task.js';
import { openSegmenter, segmenterFacts } from '../text/segmenters.js';
import { fromBase64 } from './features.js';
import { formOf } from './mapping.js';
import { withOrigins } from './origins.js';
import { rowOf } from './shown.js';
import { splitsOfSites } from './sites.js';
import { type DatasetHead, loadDataset, readDataset, type SiteOfData, type StoredExample } from './stored.js';

/** What is known of a data set without its examples. */
export interface DatasetFacts {
  name: string;
  head: DatasetHead;
  /** Digest of the kept file. */
  sha256: string;
  /** Where it came from. */
  source: string;
}

/**
 * @param file the kept file; read when the task is loaded
 * @param held files of sites that are here, by the site's name
 */
export function taskOfDataset(
  { name, head, sha256, source }: DatasetFacts,
  file: string,
  held: ReadonlyMap<string, string> = new Map(),
): Task {
  const { objective, classes, unitRows, answerTokens, entities, features } = head;
  const metrics = metricsOf(objective);
  const outputs = findObjective(objective).outputs(classes ? { classes: classes.length } : {});
  const taskName = datasetTask(name);
  return {
    name: taskName,
    title: name,
    description: `Data set of this installation, from ${source}`,
    objective,
    ...(outputs === undefined ? {} : { outputs }),
    ...(classes ? { classes } : {}),
    ...(unitRows === undefined ? {} : { unitRows }),
    ...(answerTokens === undefined ? {} : { answerTokens }),
    ...(head.conversations ? { conversations: true } : {}),
    ...(head.segmenter ? { segmenter: segmenterFacts(head.segmenter) } : {}),
    ...(head.image ? { image: head.image } : {}),
    ...(entities ? { fields: [entities] } : {}),
    ...(features ? { features } : {}),
    ...(head.origins ? { origins: head.origins } : {}),
    ...(head.sites ? { sites: head.sites.map(({ name }) => name), ...keysOf(head.sites) } : {}),
    primaryMetric: metrics[0]!,
    metrics,
    source: { package: source, version: sha256.slice(0, 12), licence: 'not stated' },
    dataHash: sha256,
    ...versionOf(objective),
    defaults: usualTraining(head),
    load: (options) => loadChecked(taskName, options, () => dataOf(file, options, { task: taskName, held })),
    ...(hasExamples(head) && { testExamples: () => testExamples(file) }),
  };
}

/** Whether each unit of a split is an example of the file: not where texts are cut to windows, or interactions joined to users. */
const hasExamples = ({ sites, objective, entities }: DatasetHead): boolean =>
  sites === undefined && entities === undefined && findObjective(objective).examples !== 'windows';

async function* testExamples(file: string): AsyncGenerator<Record<string, string>> {
  let head: DatasetHead | undefined;
  for await (const line of readDataset(file)) {
    if ('format' in line) head = line;
    else if ('split' in line && line.split === 'test') yield rowOf(line, head!).fields;
  }
}

/**
 * Versions of prepared examples that trials were kept of earlier ones of. Completions have their end since version 2; prompts are encoded as
 * one text with what follows on them since version 3 of completions, and version 2 of answers.
 */
const versions: Partial<Record<ExampleFormName, number>> = { completions: 3, answered: 2, grounded: 2 };

function versionOf(objective: DatasetHead['objective']): Pick<Task, 'dataVersion'> {
  const dataVersion = versions[findObjective(objective).examples];
  return dataVersion === undefined ? {} : { dataVersion };
}

function keysOf(sites: readonly SiteOfData[]): Pick<Task, 'siteKeys'> {
  const keys = sites.flatMap(({ name, publicKey }) => (publicKey === undefined ? [] : [[name, publicKey] as const]));
  return keys.length === sites.length ? { siteKeys: Object.fromEntries(keys) } : {};
}

/** Tokens of an example, where nothing is known of the data. */
export const usualSequence = 64;

function usualTraining({ objective, unitRows = 1, entities, features }: DatasetHead): Task['defaults'] {
  if (entities !== undefined) return { steps: 400, batchSize: 256, sequenceLength: usualSequence };
  // Rows of numbers cost little: as many queries as have 256 of them together.
  if (features !== undefined)
    return { steps: 400, batchSize: Math.max(1, Math.floor(256 / unitRows)), sequenceLength: usualSequence };
  return { steps: 200, batchSize: usualBatch(objective, unitRows), sequenceLength: usualSequence };
}

/** As many units as have 16 rows together, however many one has; more where a loss compares the units of a batch. */
const usualBatch = (objective: DatasetHead['objective'], unitRows: number): number =>
  Math.max(findObjective(objective).sumsOver === 'batch' ? 8 : 1, Math.floor(16 / unitRows));

/**
 * The task of a kept data set by its file alone, which holds all that is needed to train on it.
 * @param held files of sites that are here, by the site's name
 * @throws Error when the file is not a data set
 */
export async function openDatasetTask(
  taskName: string,
  sha256: string,
  file: string,
  held?: ReadonlyMap<string, string>,
): Promise<Task> {
  const head = (await readDataset(file).next()).value as DatasetHead;
  return taskOfDataset({ name: datasetOf(taskName) ?? taskName, head, sha256, source: sha256 }, file, held);
}

/**
 * Data that a base model was pre-trained beside: the first examples of the test split of a kept data set.
 * @throws Error when the file is not a data set, or holds less than one example
 */
export async function openHeldBack(
  file: string,
  options: LoadOptions,
  most: number,
): Promise<{ title: string; data: TaskData }> {
  const { head, splits, documents } = await loadDataset(file);
  const facts = await corpusIn(head, splits, { documents, options });
  const whole = splitOf(head, options, facts)(splits.test);
  if (whole.size === 0) throw new Error(`${file}: no example of ${options.sequenceLength} tokens in the test split`);
  const test = { ...whole, size: Math.min(most, whole.size) };
  const { objective, unit } = head;
  const data = {
    objective,
    ...classesIn(head),
    ...(unit ? { unit } : {}),
    ...writingIn(head, options),
    ...facts,
  };
  return { title: head.title ?? file, data: { ...data, train: test, validation: test, test } };
}

async function dataOf(
  file: string,
  options: LoadOptions,
  { task, held }: { task: string; held: ReadonlyMap<string, string> },
): Promise<TaskData> {
  const { head, splits, documents } = await loadDataset(file);
  if (head.sites) {
    const make = splitOf(head, options, {});
    const own = await splitsOfSites({ task, sites: head.sites }, held, (examples) => make(examples));
    return { objective: head.objective, ...classesIn(head), ...own };
  }
  const known = await corpusIn(head, splits, { documents, options });
  const make = splitOf(head, options, known);
  const { catalogue: _, ...facts } = known;
  const { train, validation, test } = splits;
  return {
    objective: head.objective,
    ...classesIn(head),
    ...(head.unit ? { unit: head.unit } : {}),
    ...writingIn(head, options),
    ...facts,
    train: make(train),
    validation: make(validation, train),
    test: make(test, [...train, ...validation]),
  };
}

/** The split of some examples alone, without the documents that are searched besides. */
export async function splitOfExamples(
  examples: readonly StoredExample[],
  head: DatasetHead,
  options: LoadOptions,
): Promise<Split> {
  const alone = { train: [...examples], validation: [], test: [] };
  return splitOf(head, options, await corpusIn(head, alone, { documents: [], options }))(examples);
}

const classesIn = ({ classes }: DatasetHead) => (classes ? { classes: classes.length, labels: classes } : {});

const writingIn = ({ answerTokens }: DatasetHead, options: LoadOptions) =>
  answerTokens === undefined ? {} : { writing: writingOf(options, answerTokens) };

type KnownFacts = Pick<TaskData, 'corpus' | 'documents' | 'segmenter'> & { catalogue?: Catalogue };

/** The corpus that is searched for queries or users, or the documents that questions are answered from; and how texts fall apart into words. */
async function corpusIn(
  { objective, entities, segmenter: segmenterName }: DatasetHead,
  { train, validation, test }: Record<'train' | 'validation' | 'test', StoredExample[]>,
  { documents, options }: { documents: readonly string[]; options: LoadOptions },
): Promise<KnownFacts> {
  const whole = [...train, ...validation, ...test];
  if (entities !== undefined) {
    const catalogue = catalogueOf(interactions(train), interactions(whole));
    return { catalogue, corpus: catalogue.corpus };
  }
  const questions = whole.flatMap(({ evidence }) => (evidence ? [{ evidence }] : []));
  const segmenter = segmenterName && (await openSegmenter(segmenterName));
  const segmented = segmenter ? { segmenter } : {};
  if (questions.length > 0) return { ...segmented, documents: libraryOf(questions, documents, segmenter) };
  if (!formOf(findObjective(objective)).searched) return segmented;
  const queries = whole.map(({ rows }) => ({ rows: rows! }));
  return { ...segmented, corpus: corpusOf(queries, documents, options) };
}

type Assembled = (
  examples: readonly StoredExample[],
  head: DatasetHead,
  options: LoadOptions,
  facts: KnownFacts,
  /** Rows of earlier splits; none where these are trained on. */
  earlier: readonly StoredExample[] | undefined,
) => Split;

/** A question whose prompt is a conversation, laid out when it is first read. */
const askedByChat = (options: LoadOptions) => {
  const layout = layoutOf(options);
  return ({ messages, answers, row: where }: StoredExample): PromptAndAnswers => {
    let laidOut: string | undefined;
    return {
      answers: answers!,
      get prompt() {
        laidOut ??= layout.prompt({ messages: messages!, where });
        return laidOut;
      },
    };
  };
};

const interactions = (examples: readonly StoredExample[]): Interaction[] =>
  examples.map(({ user, item, time }) => ({ user: user!, item: item!, time }));

/** How examples of each form that a user can have become a split. */
const assemble: Record<Exclude<ExampleFormName, 'fields'>, Assembled> = {
  windows: (examples, _, options) =>
    windows(
      examples.map(({ text }) => text!),
      options,
    ),
  completions: (examples, head, options) =>
    head.conversations
      ? conversations(
          examples.map(({ messages, prompted = 0, row }) => ({ messages: messages!, prompt: prompted, where: row })),
          options,
        )
      : completions(
          examples.map(({ prompt, completion }) => ({ prompt: prompt!, completion: completion! })),
          options,
        ),
  answered: (examples, head, options) =>
    questions(
      examples.map(
        head.conversations ? askedByChat(options) : ({ prompt, answers }) => ({ prompt: prompt!, answers: answers! }),
      ),
      options,
      writingOf(options, head.answerTokens!),
    ),
  grounded: (examples, head, options, { documents, segmenter }) =>
    groundedTexts(
      examples.map(({ prompt, answers, evidence, request, search }) => ({
        ...{ prompt: prompt!, answers: answers!, evidence: evidence! },
        ...(request && { request }),
        ...(search && { search }),
      })),
      { documents: documents!, segmenter },
      options,
      writingOf(options, head.answerTokens!),
    ),
  labelled: (examples, _, options) =>
    labelledTexts(
      examples.map(({ text, label }) => ({ text: text!, label: label! })),
      options,
    ),
  numbered: (examples, head, options) =>
    numberedTexts(
      examples.map(({ text, number }) => ({ text: text!, number: number! })),
      head.unit!,
      options,
    ),
  graded: (examples, _, options) =>
    gradedTexts(
      examples.map(({ query, rows }) => ({ query: query!, rows: rows! })),
      options,
    ),
  searched: (examples, _, options, { corpus }) =>
    searchedTexts(
      examples.map(({ query, rows }) => ({ query: query!, rows: rows! })),
      corpus!,
      options,
    ),
  features: (examples) =>
    featureQueries(
      examples.map(({ query, rows }) => ({
        query: query!,
        rows: rows!.map(({ text, grade, features }) => ({ text, grade, features: fromBase64(features!) })),
      })),
    ),
  interactions: (examples, _, __, { catalogue }, earlier) =>
    earlier === undefined
      ? trainedInteractions(interactions(examples), catalogue!)
      : heldOutInteractions(interactions(examples), interactions(earlier), catalogue!),
  images: (examples) =>
    labelledImages(examples.map(({ pixels, label }) => ({ pixels: Buffer.from(pixels!, 'base64'), label: label! }))),
};

function splitOf(head: DatasetHead, options: LoadOptions, facts: KnownFacts) {
  const form = findObjective(head.objective).examples as keyof typeof assemble;
  // Examples at a site do not say where they are from.
  const columns = head.sites ? [] : Object.keys(head.origins ?? {});
  return (examples: readonly StoredExample[], earlier?: readonly StoredExample[]) => {
    const make = (own: readonly StoredExample[]) => assemble[form](own, head, options, facts, earlier);
    return columns.length === 0 ? make(examples) : withOrigins(examples, columns, { make, cut: form === 'windows' });
  };
}
