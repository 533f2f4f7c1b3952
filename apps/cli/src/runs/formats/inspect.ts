/**
 * @file Logs of Inspect, as `inspect eval` writes them: a file for each model and task, an archive that ends in `.eval` or the same as `.json`.
 * Samples are read as Inspect reduced their epochs. Held to logs of version 0.3.285.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { z } from 'zod';
import { usage } from '../../exit-codes.js';
import { pythonJson } from '../python-json.js';
import { textsIn } from '../zip.js';
import type { Choice, ReadTask, RunFormat } from './format.js';
import { byTask, runsOfModels, type ScoredModel } from './scored-models.js';

const logName = /^\d{4}-\d{2}-\d{2}T[\d-]+[-+]\d{2}-\d{2}_.+_[A-Za-z0-9]{22}\.(?:eval|json)$/;
/** Of a part of a log, unpacked. */
const mostBytes = 2 ** 28;

export const inspect: RunFormat = {
  holds: 'logs of Inspect (*.eval)',
  async find(path) {
    const isFolder = (await stat(path)).isDirectory();
    if (!isFolder) return extname(path) === '.eval' || logName.test(path.split(/[\\/]/).at(-1)!) ? [path] : [];
    const names = (await readdir(path)).filter((name) => logName.test(name));
    return names.sort().map((name) => join(path, name));
  },

  async read(files, choice) {
    const logs: Log[] = [];
    for (const file of files) logs.push(await readLog(file));
    return byTask(logs, ({ eval: { task } }) => task, choice.task).map(([task, of]) => taskOf(task, of, choice));
  },
};

const Header = z.object({
  status: z.string(),
  eval: z.object({
    task: z.string(),
    task_version: z.union([z.string(), z.number()]).default(0),
    model: z.string(),
    dataset: z.object({ name: z.string().nullish() }).default({}),
  }),
  results: z
    .object({
      scores: z.array(
        z.object({
          name: z.string(),
          scorer: z.string(),
          reducer: z.string().nullish(),
          metrics: z.record(z.string(), z.object({ value: z.number().nullable() })),
        }),
      ),
    })
    .nullish(),
});

/** A value as scorers give it, where the epochs of a sample did not make a number of it. */
const letters: Readonly<Record<string, number>> = { C: 1, P: 0.5, I: 0, N: 0 };
const Value = z.union([
  z.number(),
  z.boolean().transform(Number),
  z.enum(Object.keys(letters)).transform((letter) => letters[letter]!),
]);
const Reductions = z.array(
  z.object({
    scorer: z.string(),
    reducer: z.string().nullish(),
    samples: z.array(
      z.object({
        sample_id: z.union([z.string(), z.number()]),
        value: z.union([Value, z.record(z.string(), Value.nullable()), z.null()]),
      }),
    ),
  }),
);

type Log = z.output<typeof Header> & { file: string; reductions: z.output<typeof Reductions> };

async function readLog(file: string): Promise<Log> {
  const [header, reductions] = extname(file) === '.eval' ? await partsOfArchive(file) : await partsOfJson(file);
  const log = checked(Header, header, file);
  const { status, eval: of } = log;
  if (status !== 'success') {
    throw usage(
      `${file}: the evaluation of ${of.model} on ${of.task} is "${status}": expected "success"; end it by inspect eval-retry, or name other files`,
    );
  }
  if (reductions === undefined || !log.results) {
    throw usage(`${file} holds no scores of samples: score it by inspect score, with samples logged`);
  }
  return { ...log, file, reductions: checked(Reductions, reductions, file) };
}

async function partsOfArchive(file: string): Promise<[unknown, unknown]> {
  const names = ['header.json', 'reductions.json'];
  const texts = await textsIn(file, names, mostBytes);
  const [header, reductions] = names.map((name) => {
    const text = texts.get(name);
    return text === undefined ? undefined : pythonJson(text, `${file}, ${name}`);
  });
  if (header === undefined) throw usage(`${file} has no header.json: it is no log of Inspect, or was never ended`);
  return [header, reductions];
}

async function partsOfJson(file: string): Promise<[unknown, unknown]> {
  const { size } = await stat(file);
  if (size > mostBytes)
    throw usage(`${file} has ${size} bytes, of which ${mostBytes} are read: log in the format eval`);
  const log = pythonJson(await readFile(file, 'utf8'), file);
  return [log, (log as { reductions?: unknown } | null)?.reductions];
}

function checked<S extends z.ZodType>(schema: S, value: unknown, file: string): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw usage(`${file} is no log of Inspect: ${issue!.path.join('.') || 'the log'}: ${issue!.message}`);
}

/** Scores of a log by the names that Inspect prints: the scorer's, a key of its values, and the reducer where there are several. */
function scoresOf({
  results,
  reductions,
}: Log): Map<string, { metrics: string[]; scores(): [string, number | null][] }> {
  const { scores } = results!;
  const reducers = new Set(scores.map(({ reducer }) => reducer ?? undefined));
  return new Map(
    scores.map(({ name, scorer, reducer, metrics }) => {
      const label = reducers.size > 1 ? `${name}/${reducer}` : name;
      const of = reductions.find((each) => each.scorer === scorer && (each.reducer ?? null) === (reducer ?? null));
      const values = (): [string, number | null][] =>
        (of?.samples ?? []).map(({ sample_id, value }) => [
          String(sample_id),
          typeof value === 'object' && value !== null ? (value[name] ?? null) : value,
        ]);
      return [label, { metrics: Object.keys(metrics), scores: values }];
    }),
  );
}

function taskOf(task: string, logs: readonly Log[], { metric: asked, filter }: Choice): ReadTask {
  if (filter !== undefined) throw usage('--filter is of lm-evaluation-harness: leave it out of logs of Inspect');
  const [first] = logs as [Log, ...Log[]];
  const names = [...scoresOf(first).keys()];
  const metric = asked ?? names[0];
  if (metric === undefined) throw usage(`${first.file} holds no score`);
  const unscored = new Map<string, number>();
  const models = logs.map((log): ScoredModel & { metrics: string[] } => {
    refuseOthers(task, first, log);
    const found = scoresOf(log);
    const score = found.get(metric);
    if (!score) throw usage(`--metric ${metric}: ${log.file} has ${[...found.keys()].join(', ')}`);
    const { model } = log.eval;
    const scores = new Map<string, { score: number }>();
    for (const [id, value] of score.scores()) {
      if (value === null) unscored.set(model, (unscored.get(model) ?? 0) + 1);
      else scores.set(id, { score: value });
    }
    if (scores.size === 0) throw usage(`${log.file}: ${metric} scores no sample`);
    return { file: log.file, model, scores, metrics: score.metrics };
  });
  const { runs } = runsOfModels(task, models, {
    example: 'sample',
    remedy: 'run inspect eval on the same samples for both (--limit, --sample-id), with none left unscored',
  });
  // What Inspect calls accuracy is a mean of scores from 0, which is wrong, to 1, which is right.
  const isAccuracy = models.every(({ metrics }) => metrics.includes('accuracy'));
  const others = names.filter((name) => name !== metric).map((name) => `--metric ${name}`);
  return {
    task,
    metric: { name: metric, ...(isAccuracy && { direction: 'maximize', range: [0, 1] }) },
    runs,
    remarks: [
      ...(others.length > 0 ? [`${task}: read by ${metric}; ${others.join(', ')} would read it otherwise`] : []),
      ...[...unscored].map(([model, count]) => `${task}: ${count} samples without a score are left out of ${model}`),
    ],
  };
}

/** @throws CommandError where two logs are of other versions of the task, or of other data */
function refuseOthers(task: string, first: Log, log: Log): void {
  const [a, b] = [first, log].map(({ eval: { task_version, dataset } }) => [task_version, dataset.name ?? 'no name']);
  const differs = ['version', 'data set'].find((_, index) => a![index] !== b![index]);
  if (!differs) return;
  const index = differs === 'version' ? 0 : 1;
  throw usage(
    `${task}: ${log.eval.model} was evaluated on ${differs} ${b![index]}, and ${first.eval.model} on ${a![index]}: run both on the same`,
  );
}
