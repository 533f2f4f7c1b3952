import { ElsewhereRun, LeaderboardQuery, runMetric } from '@rankforge/contracts';
import { describe, expect, it } from 'vitest';
import { readingOf } from '../src/board-reading.js';
import { runsBoard } from '../src/runs-board.js';

const mib = 2 ** 20;

const run = (method: string, more: object = {}) => ({ method, score: 0.5, learningRate: 1e-4, ...more });

function board(given: object[], asked: object = {}) {
  const query = LeaderboardQuery.parse({ task: 'runs:mine', base: 'llama', ...asked });
  const runs = given.map((each) => {
    const { examples, ...others } = ElsewhereRun.parse(each);
    return { ...others, examples: examples && Float64Array.from(examples) };
  });
  const metric = runMetric({ name: 'accuracy' })!;
  return runsBoard(query, { task: 'runs:mine', metric, testExamples: null, runs }, readingOf(query));
}

const shown = (given: object[], asked: object = {}) =>
  board(given, asked).rows.map(({ method, status, score, reason }) => [method, status, score, reason]);

describe('runsBoard', () => {
  it('chooses among configurations with as many seeds, by the mean on validation', () => {
    const of = (learningRate: number, seed: number, validation: number, score: number) =>
      run('lora', { learningRate, seed, validation, score });
    const { rows } = board([
      of(1e-4, 0, 0.6, 0.5),
      of(1e-4, 1, 0.7, 0.52),
      of(2e-4, 0, 0.9, 0.8),
      of(3e-4, 0, 0.5, 0.9),
      of(3e-4, 1, 0.6, 0.92),
    ]);
    expect(rows).toMatchObject([{ learningRate: 1e-4, seeds: 2, score: 0.51, tuningTrials: 5 }]);
  });

  it('leaves configurations whose validation nobody knows out of the choice, whatever their test score', () => {
    const runs = [
      run('lora', { rank: 4, validation: 0.6, score: 0.5 }),
      run('lora', { rank: 8, score: 0.9 }),
      run('lora', { rank: 16, validation: 0.4, score: 0.8 }),
    ];
    expect(shown(runs)).toEqual([
      [
        'lora',
        'scored',
        0.5,
        'one seed and no scores by example: nothing says how certain its score is; ' +
          '1 of 3 configurations has no validation score, and no place in the choice',
      ],
    ]);
    // One that is alone within what was asked for needs no choice.
    expect(shown(runs, { rank: 8 }).map(([, , score]) => score)).toEqual([0.9]);
  });

  it('says of a row which seeds are not in it', () => {
    const seeds = [
      run('lora', { seed: 0, score: 0.5 }),
      run('lora', { seed: 1, score: 0.6 }),
      run('lora', { seed: 2, score: null, outcome: 'out-of-memory' }),
      run('lora', { seed: 3, score: null, outcome: 'failed', reason: 'NaN' }),
    ];
    expect(shown(seeds)).toEqual([['lora', 'scored', 0.55, '1 of 4 seeds failed; 1 of 4 seeds did not fit']]);
  });

  it('takes a method for too large where every run that finished is', () => {
    const runs = [
      run('lora', { rank: 8, peakBytes: 900 * mib }),
      run('lora', { rank: 16, peakBytes: 1200 * mib, validation: 0.5 }),
      run('dora', { peakBytes: null }),
    ];
    expect(shown(runs, { memoryBudgetMiB: 800 })).toEqual([
      ['dora', 'unscored', null, 'no finished run is within what was asked for'],
      ['lora', 'does-not-fit', null, 'measured peak 900 MiB is above 800 MiB'],
    ]);
    expect(shown(runs, { memoryBudgetMiB: 1000 }).map(([method, status]) => [method, status])).toEqual([
      ['lora', 'scored'],
      ['dora', 'unscored'],
    ]);
  });

  it('has rows of one method with other steps or another optimizer', () => {
    const runs = [
      run('lora', { steps: 10 }),
      run('lora', { steps: 20, score: 0.6 }),
      run('lora', { optimizer: 'sgd' }),
    ];
    expect(board(runs).rows.map(({ steps, optimizer }) => [steps, optimizer])).toEqual([
      [20, 'adamw'],
      [10, 'adamw'],
      [null, 'sgd'],
    ]);
  });

  it('compares seeds by their means where a row has no examples, and one seed with none of these', () => {
    const examples = (right: number) => Array.from({ length: 100 }, (_, index) => Number(index < right));
    const { comparisons, verdict } = board([
      ...[0, 1].map((seed) => run('lora', { seed, score: null, examples: examples(60 + seed) })),
      ...[0, 1].map((seed) => run('dora', { seed, score: 0.5 + seed / 100 })),
      run('vera', { score: null, examples: examples(55) }),
    ]);
    expect(comparisons.map(({ a, b, covers }) => [a, b, covers])).toEqual([
      [0, 1, 'examples-only'],
      [0, 2, 'seeds-only'],
    ]);
    expect(verdict.undecided).toEqual([1]);
  });

  it('refuses more rows than can be compared with each other, and shows more that are compared with none', () => {
    const methods = Array.from({ length: 201 }, (_, index) => `method-${index}`);
    const pairs = methods.flatMap((method) => [run(method, { seed: 0 }), run(method, { seed: 1 })]);
    expect(() => board(pairs)).toThrow('201 rows would be compared with each other, of at most 200');
    expect(board(pairs.slice(2)).comparisons).toHaveLength((200 * 199) / 2);
    expect(board(methods.map((method) => run(method))).rows).toHaveLength(201);
  });
});
