/**
 * @file Logs of EleutherAI's lm-evaluation-harness, as `lm_eval --log_samples --output_path FOLDER` writes them: a folder for each model with
 * `results_TIME.json` and, for each task, `samples_TASK_TIME.jsonl` with a line for each document and filter. Held to logs of version 0.4.13.
 */
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseJson } from '@rankforge/contracts';
import { z } from 'zod';
import { CommandError, exitCode, usage } from '../../exit-codes.js';
import type { Choice, ReadTask, RunFormat } from './format.js';
import { byTask, runsOfModels, type ScoredModel } from './scored-models.js';

const samplesName = /^samples_(.+)_(\d{4}-\d{2}-\d{2}T[\d.-]+)\.jsonl$/;
const resultsName = /^results_(\d{4}-\d{2}-\d{2}T[\d.-]+)\.json$/;

/** Folders below the one that is named: a model each, or a project of models. */
const deepest = 3;

export const lmEval: RunFormat = {
  holds: 'a folder that lm_eval --log_samples wrote (samples_TASK_TIME.jsonl)',
  async find(path) {
    const isFolder = await stat(path).then(
      (found) => found.isDirectory(),
      () => false,
    );
    if (isFolder) return samplesIn(path, deepest);
    if (samplesName.test(basename(path))) return [path];
    const time = resultsName.exec(basename(path))?.[1];
    if (time === undefined) return [];
    const ofRun = (await samplesIn(dirname(path), 0)).filter((file) => file.endsWith(`_${time}.jsonl`));
    if (ofRun.length > 0) return ofRun;
    throw usage(
      `${path} has no samples_*_${time}.jsonl beside it: run lm_eval with --log_samples, which keeps the score of each document`,
    );
  },

  async read(files, choice) {
    const tasks: ReadTask[] = [];
    for (const [task, of] of byTask(files, taskOf, choice.task)) tasks.push(await readTask(task, of, choice));
    return tasks;
  },
};

const taskOf = (file: string): string => samplesName.exec(basename(file))![1]!;

async function samplesIn(folder: string, deeper: number): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = entries.filter((entry) => entry.isFile() && samplesName.test(entry.name));
  const below = deeper === 0 ? [] : entries.filter((entry) => entry.isDirectory());
  const files = await Promise.all(below.map(({ name }) => samplesIn(join(folder, name), deeper - 1)));
  return [...found.map(({ name }) => join(folder, name)), ...files.flat()].sort();
}

/** A line of a log, as far as it is read. */
const Sample = z.object({
  doc_id: z.number().int(),
  doc_hash: z.string().optional(),
  prompt_hash: z.string().optional(),
  filter: z.string().default('none'),
  metrics: z.array(z.string()).min(1),
});

/** The fields that are read of a results file. */
const Results = z.object({
  model_name: z.string().optional(),
  higher_is_better: z.record(z.string(), z.record(z.string(), z.boolean().nullable())).default({}),
});

const remedy = 'run lm_eval on the same documents for both (--limit, --samples)';

interface Scored {
  score: number;
  document: string | undefined;
  prompt: string | undefined;
}

/** The scores of a model on a task by document, and what else its log could have been read by. */
interface Log extends ScoredModel<Scored> {
  metric: string;
  filter: string;
  metrics: readonly string[];
  filters: readonly string[];
  higherIsBetter: boolean | undefined;
}

async function readTask(task: string, files: readonly string[], choice: Choice): Promise<ReadTask> {
  const logs: Log[] = [];
  for (const file of files) {
    const log = await readLog(task, file, {
      ...choice,
      ...(logs[0] && { metric: logs[0].metric, filter: logs[0].filter }),
    });
    logs.push(log);
  }
  const { runs, range } = runsOfModels(task, logs, { example: 'document', remedy });
  const [first] = logs as [Log, ...Log[]];
  for (const log of logs.slice(1)) refuseOthers(task, first, log);
  const direction =
    first.higherIsBetter === undefined
      ? {}
      : { direction: first.higherIsBetter ? ('maximize' as const) : ('minimize' as const) };
  const metric = { name: first.metric, ...direction, ...(range && { range }) };
  return { task, metric, runs, remarks: remarksOf(task, logs) };
}

async function readLog(task: string, file: string, choice: Choice): Promise<Log> {
  const results = await resultsOf(file);
  const scores = new Map<number, Scored>();
  const filters = new Set<string>();
  let metrics: readonly string[] = [];
  let { metric, filter } = choice;
  for await (const { line, where } of linesOf(file)) {
    const sample = sampleOf(line, where);
    filters.add(sample.filter);
    filter ??= sample.filter;
    if (sample.filter !== filter) continue;
    metrics = sample.metrics;
    metric ??= metrics[0]!;
    if (scores.has(sample.doc_id))
      throw usage(`${where}: document ${sample.doc_id} is there twice, and would count twice`);
    scores.set(sample.doc_id, {
      score: scoreOf(line, metric, { metrics, where }),
      document: sample.doc_hash,
      prompt: sample.prompt_hash,
    });
  }
  if (filters.size === 0) throw usage(`${file} holds no sample`);
  if (scores.size === 0) throw usage(`--filter ${filter}: ${file} has ${[...filters].join(', ')}`);
  return {
    file,
    model: results.model_name || basename(dirname(file)).replaceAll('__', '/'),
    metric: metric!,
    filter: filter!,
    metrics,
    filters: [...filters],
    higherIsBetter: results.higher_is_better[task]?.[metric!] ?? undefined,
    scores,
  };
}

/** The results file of the run that wrote a log; without one the folder names the model. */
async function resultsOf(file: string): Promise<z.output<typeof Results>> {
  const path = join(dirname(file), `results_${samplesName.exec(basename(file))![2]}.json`);
  const text = await readFile(path, 'utf8').catch(() => '{}');
  try {
    return Results.parse(parseJson(text));
  } catch (cause) {
    throw new CommandError(`${path}: ${(cause as Error).message}`, exitCode.usage, { cause });
  }
}

async function* linesOf(file: string): AsyncGenerator<{ line: string; where: string }> {
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    number++;
    if (line.trim() !== '') yield { line, where: `${file}, line ${number}` };
  }
}

function sampleOf(line: string, where: string): z.output<typeof Sample> {
  const parsed = Sample.safeParse(jsonOf(line, where));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw usage(
    `${where} is no sample of lm-evaluation-harness: ${issue!.path.join('.') || 'the line'}: ${issue!.message}`,
  );
}

function jsonOf(line: string, where: string): unknown {
  try {
    return parseJson(line);
  } catch (cause) {
    throw new CommandError(`${where}: ${(cause as Error).message}`, exitCode.usage, { cause });
  }
}

function scoreOf(
  line: string,
  metric: string,
  { metrics, where }: { metrics: readonly string[]; where: string },
): number {
  const value = (JSON.parse(line) as Record<string, unknown>)[metric];
  if (typeof value === 'number' || typeof value === 'boolean') return Number(value);
  if (!metrics.includes(metric)) throw usage(`--metric ${metric}: ${where} has ${metrics.join(', ')}`);
  const others = metrics.filter((other) => other !== metric);
  const advice = others.length > 0 ? `: choose another by --metric (${others.join(', ')})` : '';
  throw usage(`${where}: ${metric} is no score of a single document${advice}`);
}

/** @throws CommandError where two logs have documents of other texts */
function refuseOthers(task: string, first: Log, log: Log): void {
  for (const [id, { document }] of log.scores) {
    if (document === first.scores.get(id)!.document) continue;
    throw usage(
      `${task}: document ${id} of ${log.model} is not that of ${first.model}: run both on the same version of the task`,
    );
  }
}

function remarksOf(task: string, logs: readonly Log[]): string[] {
  const { metric, metrics, filter, filters, scores } = logs[0]!;
  const otherwise = [
    ...metrics.filter((other) => other !== metric).map((other) => `--metric ${other}`),
    ...filters.filter((other) => other !== filter).map((other) => `--filter ${other}`),
  ];
  const prompted = logs
    .slice(1)
    .filter((log) => [...log.scores].some(([id, { prompt }]) => prompt !== scores.get(id)!.prompt));
  return [
    ...(otherwise.length > 0
      ? [
          `${task}: read by ${metric}${filter === 'none' ? '' : ` and the filter ${filter}`}; ${otherwise.join(', ')} would read it otherwise`,
        ]
      : []),
    ...(prompted.length > 0
      ? [
          `${task}: ${prompted.map(({ model }) => model).join(', ')} had other prompts than ${logs[0]!.model} (shots or chat template)`,
        ]
      : []),
  ];
}
