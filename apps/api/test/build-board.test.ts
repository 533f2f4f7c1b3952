import type { TrialSpec } from '@rankforge/contracts';
import { findTask } from '@rankforge/tasks';
import { expect, it } from 'vitest';
import { spec } from '../../../test/support/trials.js';
import { readingOf } from '../src/boards/board-reading.js';
import type { BoardData, BoardTrial } from '../src/leaderboard/board-trials.js';
import { buildBoard } from '../src/leaderboard/build-board.js';
import { scoreKey, trainKey } from '../src/planning/trial-key.js';

const task = findTask('moby-dick')!;
const metric = { name: 'perplexity', direction: 'minimize', range: [1, null], scale: 'exp-mean' } as const;
const examples = Array.from({ length: 50 }, (_, at) => 3 + Math.sin(at));

/** Three seeds of a learning rate, trained by a release of the library, with their validation and test scores. */
function trainings(
  { learningRate, libraryVersion, dataVersion }: { learningRate: number; libraryVersion: string; dataVersion?: number },
  { validation, above }: { validation: number; above: readonly number[] },
): { trial: BoardTrial; score: [string, { examples: number[]; result: object }] }[] {
  return above.map((loss, seed) => {
    const own: TrialSpec = { ...spec, kind: 'finetune', learningRate, seed, ...(dataVersion && { dataVersion }) };
    const key = trainKey(own, { dataHash: `d${dataVersion ?? ''}`, baseSha256: 'b', libraryVersion });
    const memory = { weights: 1, adapters: 1, gradients: 1, optimizer: 1, activations: 1, workspace: 1, total: 6 };
    const trial: BoardTrial = {
      id: `${libraryVersion}-${dataVersion}-${learningRate}-${seed}`,
      key,
      state: 'SUCCEEDED',
      spec: own,
      predicted: memory,
      measuredBytes: 6,
      step: 100,
      reason: null,
      stage: null,
      result: { validation: { perplexity: validation } },
    };
    return { trial, score: [scoreKey(key, own), { examples: examples.map((each) => each + loss), result: {} }] };
  });
}

function board(made: ReturnType<typeof trainings>, by: 'method' | 'configuration' = 'method') {
  const data: BoardData = {
    trials: made.map(({ trial }) => trial),
    scores: new Map(made.map(({ score }) => score)),
    trivial: undefined,
    budgetsMiB: [64],
    limits: {},
    scenarios: [],
    scenario: null,
    active: 0,
  };
  return buildBoard({ task: task.name, base: spec.base, kind: 'finetune', by }, task, metric, data, {
    ...readingOf({}),
    workOf: () => undefined,
    plannedOf: () => undefined,
  });
}

const better = { learningRate: 0.001, libraryVersion: '1' };
const worse = { learningRate: 0.01, libraryVersion: '1' };
const found = { validation: 20, above: [-0.05, 0, 0.05] };
const lost = { validation: 30, above: [0.95, 1, 1.05] };

it('counts a seed once that was trained again by a later release, and takes its newest training', () => {
  const once = [...trainings(better, found), ...trainings(worse, lost)];
  const again = trainings({ ...better, libraryVersion: '2' }, { ...found, above: [-0.06, 0.01, 0.05] });
  const alone = board([...again, ...trainings(worse, lost)]);
  expect(alone.rows[0]).toMatchObject({ learningRate: 0.001, seeds: 3 });
  for (const all of [
    [...once, ...again],
    [...again, ...once],
  ]) {
    const { score, interval, seeds } = board(all).rows[0]!;
    expect({ score, interval, seeds }).toEqual({
      score: alone.rows[0]!.score,
      interval: alone.rows[0]!.interval,
      seeds: 3,
    });
  }
});

it('counts the seeds that a score is of, and says how many have none', () => {
  const [whole, failed] = [trainings(better, found), trainings(better, found)];
  const scores = failed.map(({ score }) => score);
  failed[1]!.score = ['of another trial', scores[1]![1]];
  const [row] = board(failed).rows;
  expect(row).toMatchObject({ status: 'scored', seeds: 2, reason: '1 of 3 seeds has no test score' });
  expect(row!.score).toBe(board([whole[0]!, whole[2]!]).rows[0]!.score);
  expect(board(whole).rows[0]).toMatchObject({ seeds: 3, reason: null });
});

it('keeps the configuration that validation chose where another was trained twice', () => {
  const twice = [...trainings(worse, lost), ...trainings({ ...worse, libraryVersion: '2' }, lost)];
  expect(board([...trainings(better, found), ...twice]).rows[0]).toMatchObject({ learningRate: 0.001, validation: 20 });
});

it('tells trainings on a later version of the data from earlier ones, and says which each row is', () => {
  const all = [...trainings(better, found), ...trainings({ ...better, dataVersion: 2 }, { ...found, validation: 19 })];
  const rows = board(all, 'configuration').rows.map(({ seeds, settings }) => ({ seeds, settings }));
  expect(rows).toHaveLength(2);
  expect(rows).toContainEqual({ seeds: 3, settings: { dataVersion: 2 } });
  expect(rows).toContainEqual({ seeds: 3, settings: {} });
  expect(board(all).rows[0]).toMatchObject({ seeds: 3, validation: 19 });
});
