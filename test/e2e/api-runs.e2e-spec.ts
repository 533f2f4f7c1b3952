/** @file Boards of runs that were trained elsewhere. */
import { BoardList, Leaderboard, RunsAdded, RunsRemoved, Standings } from '@rankforge/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiUnderTest, expectProblem, startApi } from './api-client.js';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

const hub = 'meta-llama/Llama-3.2-3B';
const base = 'llama-3-2-3b';
const mib = 2 ** 20;

const send = (name: string, runs: object[], more: object = {}) =>
  api.post('/v1/runs', { name, base: hub, runs, ...more });
const add = async (name: string, runs: object[], more: object = {}) =>
  RunsAdded.parse((await send(name, runs, more).expect(201)).body);
const board = async (name: string, query: Record<string, string> = {}) => {
  const response = await api.get(`/v1/leaderboard?${new URLSearchParams({ task: `runs:${name}`, base, ...query })}`);
  expect(response.status, JSON.stringify(response.body)).toBe(200);
  return Leaderboard.parse(response.body);
};
const shown = ({ rows }: Leaderboard) => rows.map(({ method, status, score, group }) => [method, status, score, group]);

/** Right (1) at the first examples of ten. */
const right = (count: number) => Array.from({ length: 10 }, (_, index) => Number(index < count));

describe('runs with scores by example', () => {
  const runs = [
    { method: 'lora', rank: 16, learningRate: 1e-4, seed: 0, examples: right(6), score: 0.6, peakBytes: 900 * mib },
    { method: 'lora', rank: 16, learningRate: 1e-4, seed: 1, examples: right(7), peakBytes: 910 * mib },
    { method: 'dora', rank: 16, learningRate: 1e-4, seed: 0, examples: right(5), peakBytes: 1200 * mib },
    { method: 'dora', rank: 16, learningRate: 1e-4, seed: 1, examples: right(6), peakBytes: 1210 * mib },
    { method: 'full', seed: 0, outcome: 'out-of-memory', peakBytes: 81_559 * mib, device: 'NVIDIA H100' },
    { method: 'vera', seed: 0, outcome: 'failed', reason: 'the loss was NaN at step 12' },
  ];

  it('count once, and a run of the same configuration and seed is replaced', async () => {
    const place = { name: 'by-example', task: 'runs:by-example', base, title: 'By example' };
    const metric = { name: 'accuracy', direction: 'maximize', range: [0, 1], scale: 'mean' };
    const made = await add('by-example', runs, { title: 'By example' });
    expect(made).toMatchObject({ ...place, metric, added: 6, replaced: 0, known: 0, runs: 6, testExamples: 10 });
    const again = await add('by-example', runs);
    expect(again).toMatchObject({ id: made.id, added: 0, replaced: 0, known: 6, runs: 6 });
    const changed = await add('by-example', [
      { ...runs[0], examples: right(5), score: 0.5 },
      { ...runs[0], seed: 2, examples: right(8), score: 0.8 },
    ]);
    expect(changed).toMatchObject({ added: 1, replaced: 1, known: 0, runs: 7 });
    expect(await add('by-example', [runs[0]!])).toMatchObject({ added: 0, replaced: 1, known: 0, runs: 7 });
    const replaced = await add('by-example', [{ ...runs[0], seed: 2, examples: right(9), score: null }]);
    expect(replaced).toMatchObject({ added: 0, replaced: 1, known: 0, runs: 7 });
    expect((await board('by-example')).rows[0]).toMatchObject({ method: 'lora', seeds: 3 });
    expect((await board('by-example')).rows[0]!.score).toBeCloseTo((0.6 + 0.7 + 0.9) / 3, 12);
  });

  it('make the board that trials with these scores make', async () => {
    await add('as-trials', runs);
    const found = await board('as-trials');
    const { rows, comparisons, testExamples, complete, published, verdict } = found;
    expect([testExamples, complete, published?.source]).toEqual([10, true, 'runs trained elsewhere']);
    const rounded = (score: number | null) => score && Number(score.toFixed(12));
    expect(
      rows.map(({ method, status, seeds, score, reason }) => [method, status, seeds, rounded(score), reason]),
    ).toEqual([
      ['lora', 'scored', 2, 0.65, null],
      ['dora', 'scored', 2, 0.55, null],
      ['full', 'does-not-fit', 0, null, 'out of memory at 81559 MiB on NVIDIA H100'],
      ['vera', 'failed', 0, null, 'the loss was NaN at step 12'],
    ]);
    expect(rows[0]).toMatchObject({
      intervalCovers: 'seeds-and-examples',
      measuredPeakBytes: 910 * mib,
      predicted: null,
    });
    // The mean squares of the table are 0.05 between seeds, 0.45 between examples and 0.05 of the rest: t(1) and t(9) weighted
    // by 0.0025^1.4 and 0.02^1.4 times √0.0225, on the logit of 0.65 (scipy).
    expect(rows[0]!.interval![0]).toBeCloseTo(0.22656102244981052, 9);
    expect(rows[0]!.interval![1]).toBeCloseTo(0.9217172236577664, 9);
    expect(comparisons).toMatchObject([{ a: 0, b: 1, paired: true, covers: 'seeds-and-examples', untested: null }]);
    expect(comparisons[0]!.difference).toBeCloseTo(0.1, 12);
    expect(verdict).toMatchObject({ leader: 0, tied: [1], undecided: [], doesNotFit: 1 });
    expect(found.answer).toContain('lora r16 leads with accuracy 0.65 (0.23 to 0.92)');
  });

  it('compete within a budget, a number of parameters and a rank', async () => {
    const fits = await board('as-trials', { memoryBudgetMiB: '1000' });
    expect(fits.rows.map(({ method, status, reason }) => [method, status, reason]).slice(0, 2)).toEqual([
      ['lora', 'scored', null],
      ['dora', 'does-not-fit', 'measured peak 1200 MiB is above 1000 MiB'],
    ]);
    expect(shown(await board('as-trials', { rank: '8' })).map(([, status]) => status)).toEqual([
      'unscored',
      'unscored',
      'does-not-fit',
      'failed',
    ]);
    expect((await board('as-trials', { maxTrainableParameters: '10' })).rows[0]!.reason).toBe(
      'no finished run is within what was asked for',
    );
  });
});

describe('runs with scores alone', () => {
  const seeds = (method: string, scores: number[], more: object = {}) =>
    scores.map((score, seed) => ({ method, learningRate: 1e-4, seed, score, ...more }));

  it('differ over seeds alone, and never claim to cover examples', async () => {
    await add('alone', [...seeds('lora', [0.612, 0.598, 0.621]), ...seeds('dora', [0.581, 0.577, 0.59])]);
    const { rows, comparisons, testExamples } = await board('alone');
    expect(testExamples).toBeNull();
    expect(rows.map(({ intervalCovers, group }) => [intervalCovers, group])).toEqual([
      ['seeds-only', 'a'],
      ['seeds-only', 'b'],
    ]);
    // scipy: ttest_rel([0.612, 0.598, 0.621], [0.581, 0.577, 0.59]).pvalue
    expect(comparisons[0]).toMatchObject({ covers: 'seeds-only', paired: true, untested: null });
    expect(comparisons[0]!.pValue).toBeCloseTo(0.014207285449165158, 9);
  });

  it('have no interval where there is one seed, and are not judged', async () => {
    await add('single', [...seeds('lora', [0.7]), ...seeds('dora', [0.581, 0.577, 0.59])]);
    const { rows, comparisons, verdict, answer } = await board('single');
    const reason = 'one seed and no scores by example: nothing says how certain its score is';
    expect(rows[0]).toMatchObject({
      method: 'lora',
      status: 'scored',
      score: 0.7,
      interval: null,
      group: null,
      reason,
    });
    expect(comparisons).toEqual([]);
    expect(verdict).toMatchObject({ leader: 0, tied: [], undecided: [1] });
    expect(answer).toBe(
      'lora leads with accuracy 0.700. dora is not judged against it: that takes two seeds or more of lora.',
    );
  });

  it('choose among configurations on validation, and never by their test score', async () => {
    const rates = (validations: (number | null)[]) =>
      validations.map((validation, index) => ({
        method: 'lora',
        learningRate: [1e-4, 2e-4, 5e-4][index],
        score: [0.9, 0.5, 0.7][index],
        validation,
      }));
    await add('chosen', rates([0.5, 0.6, 0.55]));
    expect((await board('chosen')).rows).toMatchObject([{ learningRate: 2e-4, score: 0.5, validation: 0.6 }]);
    expect((await board('chosen')).rows[0]!.tuningTrials).toBe(3);
    await add('half-known', rates([null, 0.6, 0.55]));
    expect((await board('half-known')).rows).toMatchObject([
      { learningRate: 2e-4, reason: expect.stringContaining('1 of 3 configurations has no validation score') },
    ]);
    await add('unknown', rates([null, null, null]));
    const { rows } = await board('unknown');
    expect(rows).toMatchObject([{ method: 'lora', status: 'unscored', score: null, learningRate: null }]);
    expect(rows[0]!.reason).toBe(
      '3 of 3 configurations have no validation score, and none is chosen by its test score: a board by configuration shows them',
    );
    const each = await board('unknown', { by: 'configuration' });
    expect(each.rows.map(({ score }) => score)).toEqual([0.9, 0.7, 0.5]);
  });

  it('read as perplexities where the metric is one', async () => {
    await add('perplexity', [...seeds('lora', [8, 2]), ...seeds('dora', [10, 12])], { metric: { name: 'perplexity' } });
    const { rows, comparisons, metric } = await board('perplexity');
    expect(metric).toEqual({ name: 'perplexity', direction: 'minimize', range: [1, null] });
    expect(rows[0]!.score).toBeCloseTo(4, 12);
    expect(comparisons[0]!.effect).toBe('ratio');
  });
});

describe('boards of runs', () => {
  it('stand in the list of boards and not in standings, and go when they are removed', async () => {
    await add('goes', [{ method: 'lora', score: 0.5 }], { title: 'It goes' });
    const listed = async () => BoardList.parse((await api.get('/v1/leaderboards').expect(200)).body).boards;
    expect(await listed()).toContainEqual({
      task: 'runs:goes',
      base,
      title: 'It goes',
      kind: 'finetune',
      published: true,
      newestAt: expect.any(String),
    });
    expect(Standings.parse((await api.get('/v1/standings').expect(200)).body).boards).toEqual([]);
    const removed = RunsRemoved.parse((await api.delete(`/v1/runs/goes/${base}`).expect(200)).body);
    expect(removed).toMatchObject({ name: 'goes', runs: 1 });
    expect(await listed()).not.toContainEqual(expect.objectContaining({ task: 'runs:goes' }));
    expectProblem(await api.delete(`/v1/runs/goes/${base}`), 404, 'not-found');
    const { items } = (await api.get('/v1/audit?limit=2', 'admin').expect(200)).body;
    expect(items).toMatchObject([
      { action: 'runs.remove', subject: removed.id, detail: { name: 'goes' } },
      { action: 'runs.add', subject: removed.id, detail: { name: 'goes' } },
    ]);
  });

  it('take runs of a submitter alone', async () => {
    expectProblem(await api.post('/v1/runs', { name: 'x', base, runs: [] }, 'viewer'), 403, 'forbidden');
    expectProblem(await api.delete(`/v1/runs/by-example/${base}`, 'viewer'), 403, 'forbidden');
  });

  it.each<[string, object[], object, string, string]>([
    [
      'no score',
      [{ method: 'lora' }],
      {},
      '/runs/0/score',
      'a finished run needs score or examples; say outcome "failed" of one that diverged',
    ],
    [
      'a score of a failed run',
      [{ method: 'lora', outcome: 'failed', reason: 'x', score: 1 }],
      {},
      '/runs/0/score',
      'a run with the outcome "failed" has no test score',
    ],
    [
      'a failed run without a reason',
      [{ method: 'lora', outcome: 'failed' }],
      {},
      '/runs/0/reason',
      'a failed run needs the reason why it failed',
    ],
    [
      'a percentage',
      [
        { method: 'lora', score: 0.5 },
        { method: 'dora', score: 61 },
      ],
      {},
      '/runs/1/score',
      'accuracy is in the range 0 to 1, got 61; divide percentages by 100',
    ],
    [
      'another number of examples',
      [
        { method: 'lora', examples: [0, 1] },
        { method: 'dora', examples: [0, 1, 1] },
      ],
      {},
      '/runs/1/examples',
      'run 0 has 2 examples, got 3: all runs are of one test set',
    ],
    [
      'a score that is not of its examples',
      [{ method: 'lora', examples: [0, 1], score: 0.6 }],
      {},
      '/runs/0/score',
      'is not the mean of its examples, which is 0.500000, got 0.6',
    ],
    [
      'two runs that are the same one',
      [
        { method: 'lora', score: 0.61, config: { alpha: 8, bias: 'all' } },
        { method: 'lora', score: 0.6, config: { bias: 'all', alpha: 8 } },
      ],
      {},
      '/runs/1/seed',
      'run 0 has the same method, settings and seed: say the seed of each run, or leave one of them out',
    ],
    [
      'an example that can have no such score',
      [{ method: 'lora', examples: [0, 1, -3] }],
      {},
      '/runs/0/examples/2',
      'accuracy is in the range 0 to 1, got -3',
    ],
    [
      'examples of which an exponential is no number',
      [{ method: 'lora', examples: [800, 900] }],
      { metric: { name: 'perplexity' } },
      '/runs/0/examples',
      'the exponential of their mean is too large a number: expected the logarithm of the perplexity of each',
    ],
    [
      'a score whose square is no number',
      [{ method: 'lora', score: 1e300 }],
      { metric: { name: 'loss' } },
      '/runs/0/score',
      'must be at most 1e+100, got 1e+300',
    ],
    [
      'a metric that nobody knows',
      [{ method: 'lora', score: 1 }],
      { metric: { name: 'bleu' } },
      '/metric/direction',
      'expected "maximize" or "minimize": only of accuracy, f1, exact-match, loss, perplexity the name says which is better',
    ],
  ])('refuse %s, naming run and field', async (_, runs, more, path, message) => {
    const problem = expectProblem(await send('refused', runs, more), 400, 'validation');
    expect(problem.errors).toEqual([{ path, message }]);
    expect((await api.get(`/v1/leaderboard?task=runs:refused&base=${base}`)).status).toBe(400);
  });

  it('take a run of several requests at once as one', async () => {
    const requests = Array.from({ length: 6 }, () => send('at-once', [{ method: 'lora', score: 0.5 }]));
    const counts = (await Promise.all(requests)).map(({ status, body }) => [status, body.added, body.known, body.runs]);
    expect(counts.sort()).toEqual([...new Array(5).fill([201, 0, 1, 1]), [201, 1, 0, 1]]);
  });

  it('take runs or say that there are none while they are removed', async () => {
    const rounds = Array.from({ length: 8 }, async (_, seed) => {
      const [added, removed] = await Promise.all([
        send('contested', [{ method: 'lora', seed, score: 0.5 }]),
        api.delete(`/v1/runs/contested/${base}`),
      ]);
      return [added.status, removed.status];
    });
    for (const [added, removed] of await Promise.all(rounds)) {
      expect(added).toBe(201);
      expect([200, 404]).toContain(removed);
    }
  });

  it('keep settings by names that objects have of their own', async () => {
    const config = { valueOf: 'a', toString: 'b', hasOwnProperty: 1 };
    await add('names', [{ method: 'lora', score: 0.5, config }]);
    expect((await board('names')).rows[0]!.config).toEqual(config);
  });

  it('answer in numbers where an interval reaches beyond them', async () => {
    const seeds = [3, 1e90].map((score, seed) => ({ method: 'lora', seed, score }));
    await add('far', seeds, { metric: { name: 'perplexity' } });
    const [low, high] = (await board('far')).rows[0]!.interval!;
    expect(low).toBe(1);
    expect(high).toBe(Number.MAX_VALUE);
  });

  it('refuse to compare more rows than a process has time for, and compare the methods', async () => {
    const runs = Array.from({ length: 402 }, (_, index) => ({
      method: 'lora',
      learningRate: (1 + Math.floor(index / 2)) * 1e-5,
      seed: index % 2,
      score: 0.5,
      validation: 0.5,
    }));
    await add('many', runs);
    expect((await board('many')).rows).toHaveLength(1);
    const query = new URLSearchParams({ task: 'runs:many', base, by: 'configuration' });
    const problem = expectProblem(await api.get(`/v1/leaderboard?${query}`), 400, 'validation', ['/by']);
    expect(problem.detail).toContain('201 rows would be compared with each other, of at most 200');
    // A single number is compared with nothing.
    await add(
      'many-single',
      runs.filter(({ seed }) => seed === 0),
    );
    expect((await board('many-single', { by: 'configuration' })).rows).toHaveLength(201);
  });

  it('have one metric and one title', async () => {
    await add('agreed', [{ method: 'lora', score: 0.5 }]);
    const other = await send('agreed', [{ method: 'lora', score: 0.5 }], {
      metric: { name: 'accuracy', direction: 'minimize' },
      title: 'Another',
    });
    expect(expectProblem(other, 400, 'validation').errors).toEqual([
      { path: '/metric/direction', message: 'the board has "maximize", got "minimize"' },
      { path: '/title', message: 'the board is called "agreed", got "Another"' },
    ]);
  });
});
