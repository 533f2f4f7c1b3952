/** @file Scores of models by example, as logs of evaluations hold them, made runs of one board. */
import { type AskedMetric, ElsewhereRun } from '@rankforge/contracts';
import { usage } from '../../exit-codes.js';
import type { ReadRun } from '../read-runs.js';

/** The scores of a model on a task. */
export interface ScoredModel<Scored extends { score: number } = { score: number }> {
  file: string;
  model: string;
  /** By the name of the example. */
  scores: ReadonlyMap<string | number, Scored>;
}

interface Words {
  /** An example, as the evaluation calls it. */
  example: string;
  /** How models are scored on the same examples. */
  remedy: string;
}

/**
 * A run for each model, with the scores of its examples in one order.
 * @throws CommandError where two logs are of one model, or of other examples
 */
export function runsOfModels(
  task: string,
  logs: readonly ScoredModel[],
  { example, remedy }: Words,
): { runs: ReadRun[]; range?: NonNullable<AskedMetric['range']> } {
  const [first] = logs as [ScoredModel, ...ScoredModel[]];
  for (const [index, log] of logs.entries()) {
    const same = logs.slice(0, index).find(({ model }) => model === log.model);
    if (same) throw usage(`${same.file} and ${log.file} are both of ${log.model} on ${task}: name one of them`);
    const missing = [...first.scores.keys()].filter((key) => !log.scores.has(key)).length;
    const further = log.scores.size - (first.scores.size - missing);
    if (missing + further === 0) continue;
    throw usage(
      `${task}: ${log.model} lacks ${missing} ${example}s that ${first.model} has, and has ${further} others: ${remedy}`,
    );
  }
  const keys = [...first.scores.keys()];
  const runs = logs.map(({ file, model, scores }): ReadRun => {
    const examples = keys.map((key) => scores.get(key)!.score);
    // A model as it is: nothing is trained, and its one run stands for every seed.
    const parsed = ElsewhereRun.safeParse({ method: model, steps: 0, examples });
    if (parsed.success) return { where: file, run: parsed.data };
    throw usage(parsed.error.issues.map(({ path, message }) => `${file}: ${path.join('.')}: ${message}`).join('\n'));
  });
  const isShare = runs.every(({ run }) => run.examples!.every((score) => score === 0 || score === 1));
  return { runs, ...(isShare && { range: [0, 1] }) };
}

/**
 * Logs by the task that they are of; those of one task alone where that is asked for.
 * @throws CommandError where no log is of the task that is asked for
 */
export function byTask<Log>(
  logs: readonly Log[],
  taskOf: (log: Log) => string,
  asked: string | undefined,
): [string, Log[]][] {
  const tasks = new Map<string, Log[]>();
  for (const log of logs) tasks.set(taskOf(log), [...(tasks.get(taskOf(log)) ?? []), log]);
  if (asked === undefined) return [...tasks];
  const of = tasks.get(asked);
  if (!of) throw usage(`--task ${asked}: the logs are of ${[...tasks.keys()].join(', ')}`);
  return [[asked, of]];
}
