/** @file Federations as sweeps: their boards and limits, a kill and a drain between rounds, and what is refused. */
import type { CreateSweepInput, Leaderboard, Problem, SweepPreview, TrialDetail } from '@rankforge/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitFor } from '../support/index.js';
import { tinyTask } from '../support/tiny-dataset.js';
import { createTinyPlatform, type TinyPlatform } from '../support/tiny-platform.js';
import { childOf, expectSoundHistories, submit, tinySweep, untilCompleted } from './worker-sweeps.js';

let platform: TinyPlatform;
let worker: Awaited<ReturnType<TinyPlatform['startWorker']>>;
beforeAll(async () => {
  platform = await createTinyPlatform();
});
afterAll(() => platform.stop());

const startWorker = () => platform.startWorker({ RANKFORGE_WORKER_SLOTS: '1' });

type Federation = NonNullable<CreateSweepInput['federation']>;

const federation: Federation = { partition: { by: 'size', shares: [3, 2, 1] }, rounds: 3, localSteps: 2 };
const training = { batchSize: 8, sequenceLength: 32 };
const methods = (...strategies: string[]) => strategies.map((strategy) => ({ name: 'lora', strategy }));

function federated({ federation: more, ...overrides }: Partial<CreateSweepInput> = {}): CreateSweepInput {
  const { training: _, ...sweep } = tinySweep(platform.base);
  const asked = { ...federation, ...more };
  return { ...sweep, kind: 'federate', methods: methods('fedavg'), training, ...overrides, federation: asked };
}

async function read<T>(path: string): Promise<T> {
  const response = await platform.request(platform.api, path);
  expect(response.status, path).toBe(200);
  return (await response.json()) as T;
}

const preview = (body: CreateSweepInput) => platform.request(platform.api, '/v1/sweeps/preview', { body });
const boardOf = (sweepId: string, more = '') =>
  read<Leaderboard>(`/v1/leaderboard?task=${tinyTask}&base=${platform.base}&sweepId=${sweepId}${more}`);

const federations = (sweepId: string) =>
  platform.db.trial.findMany({
    where: { sweepId, kind: 'federate' },
    orderBy: { ordinal: 'asc' },
    include: { attemptList: { orderBy: { number: 'asc' } }, artifacts: true },
  });

it('refuses what cannot be, and names the field', async () => {
  const errorsOf = async (body: CreateSweepInput) => {
    const response = await preview(body);
    expect(response.status, JSON.stringify(body)).toBe(400);
    return ((await response.json()) as Problem).errors?.map(({ path, message }) => `${path}: ${message}`);
  };
  const refused = (more: Partial<CreateSweepInput>) => errorsOf(federated(more));
  const changed = (more: Partial<Federation>, rest: Partial<CreateSweepInput> = {}) =>
    refused({ ...rest, federation: { ...federation, ...more } });

  const { federation: _, ...without } = federated();
  expect(await errorsOf(without)).toEqual([
    '/federation: a federation says here who its clients are: expected { partition, rounds, localSteps }',
  ]);
  expect(await errorsOf({ ...tinySweep(platform.base), federation, methods: methods('fedavg') })).toEqual([
    '/federation: of sweeps to federate alone: set kind to "federate"',
    '/methods/0/strategy: of a federation alone, and this sweep is to finetune: leave it out',
  ]);
  expect(await refused({ methods: [{ name: 'lora' }] })).toEqual([
    '/methods/0/strategy: a method of a federation names one, e.g. "fedavg" or "pooled"',
  ]);
  expect((await refused({ methods: methods('fedavgg') }))?.[0]).toMatch(
    /^\/methods\/0\/strategy: unknown strategy "fedavgg" \(did you mean fedavg or fedavgm\?\); known: fedavg, fedprox, .*local-only$/,
  );
  expect((await refused({ methods: [{ name: 'pissa', strategy: 'stack' }] }))?.[0]).toMatch(
    /^\/methods\/0\/name: pissa makes its factors of the base or of data, so that they cannot be drawn anew/,
  );
  expect((await refused({ methods: [{ name: 'adalora', strategy: 'fedavg' }] }))?.[0]).toMatch(
    /^\/methods\/0\/name: adalora changes ranks/,
  );
  expect(await refused({ methods: [{ name: 'lora', strategy: 'krum', strategyConfig: { keep: [1, 9] } }] })).toEqual([
    '/methods/0/strategyConfig/keep: 9 is more than the 3 clients',
  ]);
  expect(await refused({ training: { ...training, steps: 7 } })).toEqual([
    '/training/steps: 3 rounds of 2 steps are 6, got 7: leave it out',
  ]);
  expect(await refused({ training: { ...training, evalEvery: 3 } })).toEqual([
    '/training/evalEvery: comes at the end of rounds: expected a multiple of 2, got 3',
  ]);
  expect(await changed({ partition: { by: 'size', shares: [1] } })).toEqual([
    '/federation/partition/shares: a federation has two clients or more, got 1: one alone is a fine-tuning',
  ]);
  expect(await changed({ partition: { by: 'field', field: 'group' } })).toEqual([
    `/federation/partition/field: examples of ${tinyTask} have no field "group" beside their input; it has none: divide by size, or by mixtures of classes`,
  ]);
  expect((await changed({ partition: { by: 'dirichlet', clients: 3, beta: 1 } }))?.[0]).toMatch(
    /^\/federation\/partition\/by: mixtures of classes need examples with classes/,
  );
  expect((await changed({ adversaries: [{ attack: 'bribe', share: 0.2 }] }))?.[0]).toMatch(
    /^\/federation\/adversaries\/0\/attack: unknown attack "\S+"; known: none, sign-flip/,
  );
  expect(await changed({ adversaries: [{ attack: 'none' }, { attack: 'label-flip', share: 0.2 }] })).toEqual([
    '/federation/adversaries/1/attack: label-flip needs examples with classes, and those of the objective language-modelling have none: choose another attack',
  ]);
  const privacy = { clip: 1, noise: [1] };
  expect((await changed({ privacy, sampling: 'fixed' }))?.[0]).toMatch(
    /^\/federation\/sampling: privacy needs "poisson"/,
  );
  expect((await changed({ secureAggregation: true }, { methods: methods('median') }))?.[0]).toMatch(
    /^\/federation\/secureAggregation: strategy median needs more than the sum/,
  );
  expect((await refused({ scheduler: { kind: 'median' } }))?.[0]).toMatch(/^\/scheduler: a federation trains all/);
});

it('says before a run what is sent and spent, and of whom too many attack', async () => {
  const adversaries = [{ attack: 'sign-flip', share: 0.6 }];
  const limits = { communicationMiB: [0.001, 10] };
  const asked = federated({ limits, methods: methods('fedavg', 'pooled'), federation: { ...federation, adversaries } });
  const { rows, trials, overBudget } = (await (await preview(asked)).json()) as SweepPreview;
  expect([trials, overBudget]).toEqual([4, 1]);
  expect(rows).toMatchObject([
    {
      method: 'lora',
      strategy: 'fedavg',
      steps: 6,
      scenario: '3 clients by size 3:2:1, sign-flip by 60 %',
      warning: 'more than half of the clients attack (sign-flip): no rule of aggregation bears that',
      budgets: [
        {
          fits: false,
          reason: expect.stringMatching(
            /^predicted Communication: 0\.\d+ MiB, above the limit of 0\.001 MiB; largest part: /,
          ),
        },
        { fits: true },
      ],
    },
    { strategy: 'pooled', budgets: [{ fits: true }, { fits: true }] },
  ]);
});

it('trains, scores and ranks in each scenario, with what was sent, and computes pooled data once', async () => {
  worker = await startWorker();
  const adversaries: Federation['adversaries'] = [{ attack: 'none' }, { attack: 'scaled', share: 0.34, factor: 3 }];
  const strategies = ['fedavg', 'stack', 'pooled', 'local-only'];
  const sweepId = await submit(
    platform,
    platform.api,
    federated({ methods: methods(...strategies), federation: { ...federation, adversaries } }),
  );
  await untilCompleted(platform, sweepId);
  const trials = await federations(sweepId);
  expect(trials.map(({ state, reason }) => [state, reason])).toEqual(trials.map(() => ['SUCCEEDED', null]));
  expect(trials).toHaveLength(2 * strategies.length);
  // Nobody sends anything that could be attacked: both scenarios have the same pooled and local trainings.
  expect(trials.filter(({ leaderId }) => leaderId !== null)).toHaveLength(2);

  const board = await boardOf(sweepId);
  const [plain, attacked] = ['3 clients by size 3:2:1', '3 clients by size 3:2:1, scaled by 34 % × 3'];
  expect(board).toMatchObject({ kind: 'federate', complete: true, scenario: plain, scenarios: [plain, attacked] });
  const other = await boardOf(sweepId, `&scenario=${encodeURIComponent(attacked!)}`);
  expect(other).toMatchObject({ scenario: attacked, scenarios: [plain, attacked] });
  const rowOf = ({ rows }: Leaderboard, strategy: string) => rows.find((row) => row.strategy === strategy)!;
  for (const of of [board, other]) {
    expect(of.rows.map(({ strategy }) => strategy).sort()).toEqual(strategies.toSorted());
    for (const row of of.rows) expect(row).toMatchObject({ status: 'scored', seeds: 1, steps: 6 });
  }
  expect(rowOf(other, 'pooled').score).toBe(rowOf(board, 'pooled').score);
  expect(rowOf(other, 'fedavg').score).not.toBe(rowOf(board, 'fedavg').score);
  expect(rowOf(board, 'stack').measures.aggregationError).toBeLessThan(1e-5);
  expect(rowOf(board, 'fedavg').measures.aggregationError).toBeGreaterThan(1e-5);
  expect(rowOf(board, 'stack').measures.bytesDown).toBeGreaterThan(rowOf(board, 'fedavg').measures.bytesDown!);
  expect(rowOf(board, 'pooled').measures).toMatchObject({ communicationMiB: 0, bytesUp: 0, bytesDown: 0 });
  const missing = await platform.request(
    platform.api,
    `/v1/leaderboard?task=${tinyTask}&base=${platform.base}&sweepId=${sweepId}&scenario=none`,
  );
  expect(((await missing.json()) as Problem).errors).toEqual([
    { path: '/scenario', message: `the board has no scenario "none"; it has: ${plain}; ${attacked}` },
  ]);

  const trained = await read<TrialDetail>(`/v1/trials/${rowOf(board, 'fedavg').trialIds[0]}`);
  const { federation: report } = trained.result!;
  expect(report!.clients.map(({ name, rounds }) => [name, rounds])).toEqual([
    ['client-0', 3],
    ['client-1', 3],
    ['client-2', 3],
  ]);
  expect(report!.history.map(({ round, participants }) => [round, participants])).toEqual(
    [1, 2, 3].map((round) => [round, [0, 1, 2]]),
  );
  const sent = report!.history.reduce((sum, { bytes }) => sum + bytes.up, report!.setUp.up);
  expect([sent, report!.bytes.up / 3]).toEqual([report!.bytes.up, report!.history[0]!.bytes.up]);
  const each = report!.bytes.up / 9;
  expect(report!.clients.map(({ bytes }) => bytes)).toEqual(
    [0, 1, 2].map(() => ({ up: 3 * each, down: report!.bytes.down / 3 })),
  );
  expect(report!.history[2]!.bytesByClient!.up).toEqual([each, each, each]);
  const series = await platform.db.metric.groupBy({ by: ['name'], where: { trialId: trained.id }, _count: true });
  expect(Object.fromEntries(series.map(({ name, _count }) => [name, _count]))).toMatchObject({
    'train/loss': 6,
    'federation/clients': 3,
    'federation/bytes-up': 3,
    'federation/aggregation-error': 3,
    'validation/loss': 1,
  });

  const alone = rowOf(board, 'local-only').trialIds[0];
  const exported = await platform.request(platform.api, `/v1/trials/${alone}/adapter?format=peft`);
  expect([exported.status, ((await exported.json()) as Problem).detail]).toEqual([
    409,
    expect.stringMatching(/^Each client of this federation has an adapter of its own/),
  ]);
});

it('goes on after kill -9 and after a drain between rounds to the same bits', async () => {
  const rounds = { ...federation, rounds: 40, localSteps: 2 };
  const asked = federated({ federation: rounds, methods: methods('fedavgm'), reuse: false });
  const sweepId = await submit(platform, platform.api, asked);
  await untilCompleted(platform, sweepId);
  const [undisturbed] = await federations(sweepId);
  const pointsOf = async (trialId: string) => {
    const points = await platform.db.metric.findMany({
      where: { trialId },
      orderBy: [{ name: 'asc' }, { step: 'asc' }],
    });
    const observed = /^(memory|train\/tokens)/;
    return points.filter(({ name }) => !observed.test(name)).map(({ name, step, value }) => [name, step, value]);
  };
  const expected = await pointsOf(undisturbed!.id);
  expect(expected.filter(([name]) => name === 'train/loss')).toHaveLength(80);

  const again = await submit(platform, platform.api, asked);
  const only = async () => (await federations(again))[0]!;
  const untilKept = (attempts: number) =>
    waitFor(
      'a checkpoint of a round',
      async () => {
        const trial = await only();
        const kept = trial.artifacts.some(({ kind }) => kind === 'checkpoint');
        return trial.state === 'RUNNING' && trial.attempts === attempts && kept ? trial : undefined;
      },
      { everyMs: 20 },
    );
  await untilKept(1);
  process.kill(await childOf(worker.pid), 'SIGKILL');
  await untilKept(2);
  await worker.stop();
  await platform.hostWorker({ RANKFORGE_WORKER_SLOTS: '1' });
  await untilCompleted(platform, again);
  const trial = await only();
  expect(trial.attemptList.map(({ outcome }) => outcome)).toEqual(['child-died', 'handed-back', 'succeeded']);
  const [begun, ...resumed] = trial.attemptList.map(({ resumedFromStep }) => resumedFromStep);
  expect(begun).toBeNull();
  for (const step of resumed) expect(step! % rounds.localSteps).toBe(0);
  expect(await pointsOf(trial.id)).toEqual(expected);
  const adapterOf = ({ artifacts }: typeof trial) => artifacts.map(({ kind, sha256 }) => [kind, sha256]);
  expect(adapterOf(trial)).toEqual(adapterOf(undisturbed!));
  await expectSoundHistories(platform);
});
