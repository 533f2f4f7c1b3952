/** @file Federations whose clients train as trials on several workers: the same bits as in one process, through kills and late clients. */
import type { CreateSweepInput, TrialDetail, TrialPage } from '@rankforge/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitFor } from '../support/index.js';
import { createTinyPlatform, type TinyPlatform } from '../support/tiny-platform.js';
import { expectSoundHistories, submit, tinySweep, untilCompleted } from './worker-sweeps.js';

let platform: TinyPlatform;
const workers: Awaited<ReturnType<TinyPlatform['startWorker']>>[] = [];
beforeAll(async () => {
  platform = await createTinyPlatform();
  for (let place = 0; place < 2; place++) workers.push(await startWorker());
});
afterAll(() => platform.stop());

const startWorker = (more: Record<string, string> = {}) =>
  platform.startWorker({ RANKFORGE_WORKER_SLOTS: '1', RANKFORGE_LEASE_SECONDS: '4', ...more });

type Federation = NonNullable<CreateSweepInput['federation']>;

const federation: Federation = { partition: { by: 'size', shares: [3, 2, 1] }, rounds: 3, localSteps: 4 };

function federated(more: Partial<Federation>, overrides: Partial<CreateSweepInput> = {}): CreateSweepInput {
  const { training: _, ...sweep } = tinySweep(platform.base);
  return {
    ...sweep,
    kind: 'federate',
    methods: [{ name: 'lora', strategy: 'scaffold' }],
    training: { batchSize: 8, sequenceLength: 32 },
    // Of another sweep's result nothing would be seen here.
    reuse: false,
    ...overrides,
    federation: { ...federation, ...more },
  };
}

const trialsOf = (sweepId: string, kind: string) =>
  platform.db.trial.findMany({
    where: { sweepId, kind },
    orderBy: [{ round: 'asc' }, { client: 'asc' }, { ordinal: 'asc' }],
    include: { attemptList: { orderBy: { number: 'asc' } }, artifacts: true },
  });

/** Everything that a federation found, and nothing that depends on where and when it was computed. */
async function foundBy(sweepId: string) {
  const [trained] = await platform.db.trial.findMany({
    where: { sweepId, kind: { in: ['federate', 'aggregate'] } },
    include: { artifacts: true },
  });
  const [scored] = await platform.db.trial.findMany({ where: { sweepId, kind: 'score' } });
  const points = await platform.db.metric.findMany({
    where: { trialId: trained!.id },
    orderBy: [{ name: 'asc' }, { step: 'asc' }],
  });
  const observed = /^(memory|train\/tokens)/;
  const { seconds: _, tokensPerSecond: __, ...result } = trained!.result as Record<string, unknown>;
  return {
    state: [trained!.state, trained!.reason, trained!.step, trained!.objective],
    result,
    artifacts: trained!.artifacts.map(({ kind, sha256 }) => [kind, sha256]),
    points: points.filter(({ name }) => !observed.test(name)).map(({ name, step, value }) => [name, step, value]),
    scores: scored!.exampleScores,
  };
}

async function run(asked: CreateSweepInput): Promise<string> {
  const sweepId = await submit(platform, platform.api, asked);
  await untilCompleted(platform, sweepId);
  return sweepId;
}

it('gives the bits of one process, with a trial for each turn', async () => {
  const together = await foundBy(await run(federated({})));
  const sweepId = await run(federated({ asTrials: true }));
  expect(await foundBy(sweepId)).toEqual(together);
  const [aggregate, ...others] = await trialsOf(sweepId, 'aggregate');
  expect(others).toEqual([]);
  expect(aggregate!.attemptList.map(({ outcome }) => outcome)).toEqual(['waits', 'waits', 'waits', 'succeeded']);
  const turns = await trialsOf(sweepId, 'client-turn');
  expect(turns.map(({ state, round, client, partOfId }) => [state, round, client, partOfId])).toEqual(
    [0, 1, 2].flatMap((round) => [0, 1, 2].map((client) => ['SUCCEEDED', round, client, aggregate!.id])),
  );
  // What clients sent is read no more.
  expect(turns.flatMap(({ artifacts }) => artifacts)).toEqual([]);

  const list = async (query: string) =>
    (await (await platform.request(platform.api, `/v1/trials?${query}`)).json()) as TrialPage;
  expect((await list(`sweepId=${sweepId}`)).items.map(({ kind }) => kind)).toEqual(['aggregate', 'score']);
  const folded = await list(`partOf=${aggregate!.id}`);
  expect(folded.items.map(({ partOf }) => [partOf!.round, partOf!.client]).slice(0, 4)).toEqual([
    [1, 0],
    [1, 1],
    [1, 2],
    [2, 0],
  ]);
  const turn = (await (await platform.request(platform.api, `/v1/trials/${turns[4]!.id}`)).json()) as TrialDetail;
  expect(turn).toMatchObject({ kind: 'client-turn', objective: null, partOf: { round: 2, client: 1, site: null } });
}, 240_000);

it('gives the same bits where a worker is killed in the middle of a round', async () => {
  const long = { rounds: 2, localSteps: 60 };
  const together = await foundBy(await run(federated(long)));
  const sweepId = await submit(platform, platform.api, federated({ ...long, asTrials: true }));
  const running = await waitFor(
    'a turn that makes steps',
    async () => {
      const turns = await trialsOf(sweepId, 'client-turn');
      return turns.find(({ state, step, workerId }) => state === 'RUNNING' && step > 0 && workerId !== null);
    },
    { timeoutMs: 60_000, everyMs: 20 },
  );
  const { pid } = await platform.db.worker.findUniqueOrThrow({ where: { id: running.workerId! } });
  process.kill(pid, 'SIGKILL');
  workers.push(await startWorker());
  await untilCompleted(platform, sweepId);
  expect(await foundBy(sweepId)).toEqual(together);
  const again = (await trialsOf(sweepId, 'client-turn')).find(({ id }) => id === running.id)!;
  expect(again.attemptList.map(({ outcome }) => outcome)).toEqual(['lease-lost', 'succeeded']);
  await expectSoundHistories(platform);
}, 240_000);
