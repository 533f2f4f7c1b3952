/** @file Further seeds for what a board has tied, and for nothing else. */
import { boardVerdictText, type CreateSweepInput, type Leaderboard, type TrialView } from '@rankforge/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/index.js';
import { type ApiUnderTest, create, expectProblem, playWorker, startApi, trialsOf } from './api-client.js';
import { playedTrials } from './played-trials.js';

let api: ApiUnderTest;
let workerId: string;
const { succeed, score, view } = playedTrials(() => ({ api, workerId }));

beforeAll(async () => {
  api = await startApi();
  workerId = await playWorker(api);
});
afterAll(() => api.stop());

const extend = (id: string, more: object) => api.post(`/v1/sweeps/${id}/extend`, more);

const boardOf = async (sweepId: string) =>
  (await api.get(`/v1/leaderboard?task=moby-dick&base=${api.base}&sweepId=${sweepId}`).expect(200)).body as Leaderboard;

/**
 * Losses of forty examples: LoRA and BitFit take turns by seed in who is better, and full fine-tuning is far off. From seed 4000 on BitFit
 * is worse by what some more seeds would show.
 */
function lossesOf({ method, seed }: TrialView): number[] {
  const turn = seed % 2 === 0 ? 1 : -1;
  const behind = seed < 4000 ? 0.02 : 0.5;
  const mean = { lora: 3 + 0.3 * turn, bitfit: 3 + behind - 0.3 * turn, 'full-ft': 9 + 0.01 * turn }[method]!;
  return Array.from({ length: 40 }, (_, at) => mean + 0.2 * Math.sin(at));
}

/** The validation perplexity by which LoRA is chosen at rank 4. */
const perplexityOf = ({ method, rank }: TrialView) => (method === 'lora' ? (rank === 4 ? 10 : 20) : 30);

/** Ends trainings, then scorings, as they come, until the sweep has completed. */
const play = (sweepId: string) =>
  waitFor(`sweep ${sweepId} to be over`, async () => {
    for (const trial of await trialsOf(api, sweepId)) {
      if (trial.state !== 'QUEUED') continue;
      await (trial.kind === 'train' ? succeed(trial.id, perplexityOf(trial)) : score(trial.id, lossesOf(trial)));
    }
    return (await view(sweepId)).state === 'COMPLETED';
  });

async function completed(changes: Partial<CreateSweepInput>): Promise<string> {
  const { id } = await create(api, { learningRate: [0.01], memoryBudgetMiB: [512], ...changes });
  await play(id);
  return id;
}

describe('seeds for what is tied', () => {
  const methods = [{ name: 'lora' }, { name: 'bitfit' }, { name: 'full-ft' }];

  it('train and score the chosen configurations of the leader and of ties, which the board says', async () => {
    const id = await completed({ methods, rank: [2, 4], seed: [11, 12, 13] });
    const before = await boardOf(id);
    expect(before.rows.map(({ method, seeds }) => [method, seeds])).toEqual(expect.arrayContaining([['full-ft', 3]]));
    expect(before.verdict).toMatchObject({ leader: 0, tied: [1] });
    const known = new Set((await trialsOf(api, id)).map((trial) => trial.id));

    const { body } = await extend(id, { tied: { seeds: 2 } }).expect(200);
    expect(body).toMatchObject({ changed: 4, sweep: { state: 'RUNNING', finishedAt: null } });
    const added = (await trialsOf(api, id)).filter((trial) => !known.has(trial.id));
    expect(added.map(({ method, rank, seed }) => [method, rank, seed]).sort()).toEqual([
      ['bitfit', null, 14],
      ['bitfit', null, 15],
      ['lora', 4, 14],
      ['lora', 4, 15],
    ]);
    const early = expectProblem(await extend(id, { tied: {} }), 409, 'conflict');
    expect(early.detail).toContain('is RUNNING: what its board has tied may still change');

    await play(id);
    const after = await boardOf(id);
    const of = (method: string) => after.rows.find((row) => row.method === method)!;
    expect(of('lora')).toMatchObject({ seeds: 5, rank: 4, added: { seeds: 2, looks: 1 }, tuningTrials: 6 });
    expect(of('bitfit')).toMatchObject({ seeds: 5, added: { seeds: 2, looks: 1 }, tuningTrials: 3 });
    expect(of('full-ft')).toMatchObject({ seeds: 3 });
    expect(of('full-ft').added).toBeUndefined();
    expect(boardVerdictText(after)).toMatch(
      /Seeds of (lora r4 and bitfit|bitfit and lora r4) were added after a look at this board, which makes 2 looks: chance passes for a difference more often than α = 0\.05 says\./,
    );

    // The plan of the sweep is the same as before: a further seed for all is missing of each configuration.
    const more = await extend(id, { seed: [99] }).expect(200);
    expect(more.body).toMatchObject({ changed: 4, sweep: { uncreated: 0 } });
  });

  it('follow the number of the verdict where nobody says how many', async () => {
    const two = { methods: methods.slice(0, 2), rank: [4] };
    const clear = await completed({ ...two, seed: [4021, 4022, 4023] });
    const { seeds } = (await boardOf(clear)).verdict;
    expect(seeds?.further).toBeGreaterThan(1);
    expect((await extend(clear, { tied: {} }).expect(200)).body.changed).toBe(2 * seeds!.further!);

    const hopeless = await completed({ ...two, seed: [1021, 1022] });
    const { detail } = expectProblem(await extend(hopeless, { tied: {} }), 409, 'conflict');
    expect(detail).toContain(
      'telling its rows apart likely takes more than 100 more seeds each; say how many seeds to add',
    );
  });

  it('extend a fair sweep, whose axes no one may extend', async () => {
    const protocol = { kind: 'fair', tuningTrials: 1, finalSeeds: 2 } as const;
    const id = await completed({ methods: methods.slice(0, 2), rank: [4], seed: [2031], protocol });
    expectProblem(await extend(id, { seed: [2035] }), 400, 'validation', ['/seed']);
    expect((await extend(id, { tied: { seeds: 1 } }).expect(200)).body.changed).toBe(2);
    await play(id);
    const { rows } = await boardOf(id);
    expect(rows.map(({ seeds, added, fair }) => [seeds, added, fair?.finalSeeds])).toEqual(
      [1, 2].map(() => [3, { seeds: 1, looks: 1 }, [2032, 2033, 2034]]),
    );
    expect((await extend(id, { tied: { seeds: 1 } }).expect(200)).body.changed).toBe(2);
    await play(id);
    expect((await boardOf(id)).rows[0]).toMatchObject({ seeds: 4, added: { seeds: 2, looks: 2 } });
  });

  it('meet a refusal where nothing is tied, and beside values of axes', async () => {
    const id = await completed({
      methods: [{ name: 'lora' }, { name: 'full-ft' }],
      rank: [4],
      seed: [3041, 3042, 3043],
    });
    expect((await boardOf(id)).verdict.tied).toEqual([]);
    const none = expectProblem(await extend(id, { tied: { seeds: 2 } }), 409, 'conflict');
    expect(none.detail).toContain('has no row that is tied with the one that leads its board');
    expectProblem(await extend(id, { tied: { seeds: 2 }, seed: [44] }), 400, 'validation');
    expectProblem(await extend(id, { tied: { seeds: 0 } }), 400, 'validation', ['/tied/seeds']);
  });
});
