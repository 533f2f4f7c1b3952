import { readingOf } from '@rankforge/boards';
import { LeaderboardQuery } from '@rankforge/contracts';
import { describe, expect, it } from 'vitest';
import { accuracy, type Publication, type PublishedRun } from '../src/published/publication.js';
import { publishedBoard } from '../src/published/published-board.js';

const mib = 2 ** 20;
const run = (method: string, more: Partial<PublishedRun>): PublishedRun => ({
  name: `${method} r${more.rank ?? ''} ${more.peakBytes ?? ''}`,
  method,
  optimizer: 'adamw',
  rank: 8,
  learningRate: 1e-4,
  seed: 0,
  steps: 100,
  shares: [{ successes: 50, examples: 100 }],
  validation: 0.5,
  trainableParameters: 1000,
  adapterBytes: 4000,
  peakBytes: 10 * mib,
  config: {},
  failure: null,
  ...more,
});
const failed = { shares: undefined, validation: undefined, failure: 'out of memory' };

const publication: Publication = {
  task: 'published',
  title: 'Published',
  metric: accuracy,
  source: 'a paper',
  remark: 'one seed',
  testExamples: 100,
  runs: () => [],
};

function board(runs: PublishedRun[], asked: object = {}) {
  const query = LeaderboardQuery.parse({ task: 'published', base: 'llama', ...asked });
  return publishedBoard(query, { publication, runs }, readingOf(query));
}

describe('publishedBoard', () => {
  it('chooses among runs of the asked rank, and those that have none', () => {
    const runs = [
      run('lora', { rank: 8, validation: 0.6 }),
      run('lora', { rank: 32, validation: 0.7 }),
      run('dora', { rank: 32 }),
      run('bitfit', { rank: null }),
    ];
    const rows = (asked: object) => board(runs, asked).rows.map(({ method, rank, status }) => [method, rank, status]);
    expect(rows({ rank: 8 })).toEqual([
      ['lora', 8, 'scored'],
      ['bitfit', null, 'scored'],
      ['dora', 32, 'unscored'],
    ]);
    expect(rows({})).toEqual([
      ['dora', 32, 'scored'],
      ['bitfit', null, 'scored'],
      ['lora', 32, 'scored'],
    ]);
    expect(board(runs, { rank: 8 }).rows[2]!.reason).toBe('no published run is within what was asked for');
  });

  it('says of a method that does not fit what its smallest run takes', () => {
    const runs = [
      run('lora', { peakBytes: null }),
      run('lora', { peakBytes: 30 * mib }),
      run('lora', { peakBytes: 20 * mib }),
      run('lora', { peakBytes: 5 * mib, ...failed }),
    ];
    expect(board(runs, { memoryBudgetMiB: 15 }).rows).toMatchObject([
      { status: 'does-not-fit', measuredPeakBytes: 20 * mib, reason: 'measured peak 20 MiB is above 15 MiB' },
    ]);
    expect(board([run('lora', failed), run('lora', { peakBytes: 9 * mib, ...failed })]).rows).toMatchObject([
      { status: 'failed', measuredPeakBytes: 9 * mib, reason: 'out of memory' },
    ]);
  });

  it('says what leads and what is tied with it', () => {
    const share = (successes: number) => [{ successes, examples: 100 }];
    const runs = [
      run('lora', { shares: share(90) }),
      run('dora', { shares: share(88) }),
      run('vera', { shares: share(40) }),
    ];
    expect(board(runs, { memoryBudgetMiB: 64 }).verdict).toMatchObject({
      leader: 0,
      tied: [1],
      undecided: [],
      seedless: [],
      doesNotFit: 0,
      memoryBudgetMiB: 64,
    });
  });
});
