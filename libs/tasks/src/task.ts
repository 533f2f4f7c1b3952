import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { type MetricInfo, metricsOf, type TaskData, type TextOptions } from '@rankforge/peft';
import type { SegmenterFacts } from './text/segmenters.js';

/** How a task reads texts, where it has some. */
export type LoadOptions = TextOptions;

/** Something to train for: a data set with an objective, its splits and the metric that ranks methods. */
export interface Task {
  /** Registry name; the name of the file. */
  name: string;
  title: string;
  description: string;
  objective: TaskData['objective'];
  /**
   * Outputs of the head that is trained beside the adapter: classes, or 1 for a number. Known without reading the data, so
   * that the head's memory can be predicted. Absent where the model's own head is used.
   */
  outputs?: number;
  /** Names of the classes in the order of their ids, where there are any. */
  classes?: readonly string[];
  /** Rows of its largest unit, where units have several. */
  unitRows?: number;
  /** Most tokens of an answer, where the model writes answers. */
  answerTokens?: number;
  /** Its examples are conversations: they are read by a chat template alone. */
  conversations?: true;
  /** How its texts fall apart into words. Absent: at white space. */
  segmenter?: SegmenterFacts;
  /** Size of every example, where examples are images. */
  image?: { height: number; width: number; channels: number };
  /** Ids that each field of an example has, where examples are rows of fields. */
  fields?: readonly number[];
  /** Numbers of a row, where rows of queries are ranked by these. */
  features?: number;
  /** Values of the fields that its examples have beside their input, by field: a federation may divide them by one. */
  origins?: Readonly<Record<string, readonly string[]>>;
  /** Sites whose workers alone have the examples, each by the field `site`. Absent: every worker can load them. */
  sites?: readonly string[];
  /** Keys by which its sites mask their messages, by site, in base64url. Absent unless all have one. */
  siteKeys?: Readonly<Record<string, string>>;
  /** Decides selection on validation and the rank on the board. One of `metrics`. */
  primaryMetric: MetricInfo;
  metrics: readonly MetricInfo[];
  source: { package: string; version: string; licence: string };
  /**
   * sha256 over what the data follows from: the exact versions of the packages read (npm versions are immutable) or the seed
   * it is generated from, and the version of the preprocessing. The data itself is not read.
   */
  dataHash: string;
  /**
   * Version of the prepared data, as specs of trials name it, so that boards tell trainings on it from earlier ones. Absent:
   * the data is as it was when trials were first kept.
   */
  dataVersion?: number;
  defaults: { steps: number; batchSize: number; sequenceLength: number };
  /**
   * Reads and prepares the data. Equal options give equal data, in equal order.
   * @throws RangeError when `sequenceLength` is not a positive integer or leaves a split empty
   */
  load(options: LoadOptions): Promise<TaskData>;
  /**
   * The examples of the test split as people read them, one for each of its units and in their order: shortened texts by the name of their
   * field, of which `label` is the class. Absent: a unit is no example, as a window of a longer text, or the examples lie at sites.
   */
  testExamples?(): AsyncIterable<Record<string, string>>;
}

interface TaskDefinition extends Omit<Task, 'source' | 'dataHash' | 'dataVersion' | 'primaryMetric' | 'metrics'> {
  /** The package that the data is in, or the seed that it is generated from. */
  source: { package: string; licence: string } | { seed: number; licence: string };
  /** Packages besides the source whose version changes the prepared data, e.g. a parser. */
  parsers: readonly string[];
  /** Raise it with every change that changes the prepared data. */
  preprocessing: number;
  /** The `preprocessing` of trials whose specs name no version of the data. Default: 1. */
  unnamedPreprocessing?: number;
}

/** Completes a task with the metrics of its objective, the installed version of its source and its data hash. */
export function defineTask(definition: TaskDefinition): Task {
  const { source, parsers, preprocessing, unnamedPreprocessing = 1, load, ...record } = definition;
  const packaged = 'package' in source ? [source.package] : [];
  const seeds = 'seed' in source ? [`seed ${source.seed}`] : [];
  const inputs = [...packaged, ...parsers].map((name) => `${name}@${installedVersion(name)}`);
  const metrics = metricsOf(record.objective);
  return {
    ...record,
    primaryMetric: metrics[0]!,
    metrics,
    source:
      'package' in source
        ? { ...source, version: installedVersion(source.package) }
        : { package: 'generated', version: `${preprocessing} (seed ${source.seed})`, licence: source.licence },
    dataHash: createHash('sha256')
      .update(JSON.stringify({ task: record.name, inputs: [...inputs, ...seeds], preprocessing }))
      .digest('hex'),
    ...(preprocessing === unnamedPreprocessing ? {} : { dataVersion: preprocessing }),
    load: (options) => loadChecked(record.name, options, () => load(options)),
  };
}

/** Loads a task's data; see `Task.load` for what it throws. */
export async function loadChecked(
  name: string,
  options: LoadOptions,
  load: () => Promise<TaskData>,
): Promise<TaskData> {
  if (!Number.isInteger(options.sequenceLength) || options.sequenceLength < 1) {
    throw new RangeError(
      `task ${name}: expected sequenceLength to be a positive integer, got ${options.sequenceLength}`,
    );
  }
  const data = await load();
  for (const split of ['train', 'validation', 'test'] as const) {
    if (data[split].size === 0) {
      throw new RangeError(
        `task ${name}: sequenceLength ${options.sequenceLength} leaves no ${split} example; shorten it`,
      );
    }
  }
  return data;
}

const require = createRequire(import.meta.url);

function installedVersion(name: string): string {
  const { version } = require(`${name}/package.json`) as { version: string };
  return version;
}
