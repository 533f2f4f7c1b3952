/** @file Federations whose clients train as trials on several workers: the same bits as in one process, through kills and late clients. */
import {
  type CreateSweepInput,
  defaultProject,
  heldSite,
  type Problem,
  siteName,
  type TrialDetail,
  type TrialPage,
  type WorkerList,
} from '@rankforge/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitFor } from '../support/index.js';
import { createTinyPlatform, type TinyPlatform } from '../support/tiny-platform.js';
import { act, childOf, expectSoundHistories, submit, tinySweep, untilCompleted } from './worker-sweeps.js';

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
});

const long = { rounds: 2, localSteps: 50 };
let undisturbed: Awaited<ReturnType<typeof foundBy>>;

/** Stops the worker of a turn that makes steps, so that the turn cannot end meanwhile, and kills what `victim` names. */
const killInTurn = (sweepId: string, victim: (workerPid: number) => number | Promise<number>) =>
  waitFor(
    'a turn that makes steps',
    async () => {
      const turns = await trialsOf(sweepId, 'client-turn');
      const running = turns.find(({ state, step, workerId }) => state === 'RUNNING' && step > 0 && workerId !== null);
      if (running === undefined) return undefined;
      const { pid } = await platform.db.worker.findUniqueOrThrow({ where: { id: running.workerId! } });
      process.kill(pid, 'SIGSTOP');
      const { state } = await platform.db.trial.findUniqueOrThrow({ where: { id: running.id } });
      if (state === 'RUNNING') process.kill(await victim(pid), 'SIGKILL');
      process.kill(pid, 'SIGCONT');
      return state === 'RUNNING' ? running : undefined;
    },
    { everyMs: 20 },
  );

it('gives the same bits where a worker is killed in the middle of a round', async () => {
  undisturbed = await foundBy(await run(federated(long)));
  const sweepId = await submit(platform, platform.api, federated({ ...long, asTrials: true }));
  const killed = await killInTurn(sweepId, (worker) => worker);
  workers.push(await startWorker());
  await untilCompleted(platform, sweepId);
  expect(await foundBy(sweepId)).toEqual(undisturbed);
  const again = (await trialsOf(sweepId, 'client-turn')).find(({ id }) => id === killed.id)!;
  expect(again.attemptList.map(({ outcome }) => outcome)).toEqual(['lease-lost', 'succeeded']);
  await expectSoundHistories(platform);
});

const mail = 'dataset:mail';

/** A data set whose examples are from three sites. */
async function uploadMail(): Promise<void> {
  const sites = ['north', 'north', 'east', 'west'];
  const rows = Array.from({ length: 80 }, (_, index) => {
    const text = Array.from({ length: 8 }, (_, word) => `w${(index * 7 + word * 13) % 41}x${(index * word) % 11}`).join(
      ' ',
    );
    const split = ['train', 'train', 'train', 'validation', 'test'][index % 5]!;
    return JSON.stringify({ text, split, site: sites[Math.floor(index / 5) % 4] });
  });
  const form = new FormData();
  const mapping = { objective: 'language-modelling', text: 'text', origins: ['site'] };
  form.set(
    'spec',
    JSON.stringify({ name: 'mail', format: 'jsonl', mapping, split: { by: 'column', column: 'split' } }),
  );
  form.set('file', new Blob([rows.join('\n')]), 'mail.jsonl');
  const headers = { authorization: `Bearer ${platform.keys.admin}` };
  const response = await fetch(`${platform.api.url}/v1/datasets`, { method: 'POST', headers, body: form });
  expect(response.status, await response.text()).toBe(201);
}

it('leaves the turns of a site to the worker that holds it, and goes on without one that stays away', async () => {
  await uploadMail();
  const holder = await startWorker({
    RANKFORGE_HOLDS: ['north', 'west'].map((site) => heldSite(defaultProject.id, siteName(mail, site))).join(','),
    RANKFORGE_WORKER_NAME: 'holder',
  });
  const sites: Partial<Federation> = { partition: { by: 'field', field: 'site' }, rounds: 1, localSteps: 2 };
  const held = { ...sites, asTrials: true, held: true, roundSeconds: 15, quorum: 0.5 };
  const asked = federated(held, {
    task: mail,
    methods: [{ name: 'lora', strategy: 'svd', clientRanks: { west: 1 } }],
    training: { batchSize: 2, sequenceLength: 8 },
  });
  const sweepId = await submit(platform, platform.api, asked);
  await untilCompleted(platform, sweepId);
  const turns = await trialsOf(sweepId, 'client-turn');
  const names = ['north', 'east', 'west'];
  expect(turns.map(({ state, site }) => [state, site])).toEqual(
    names.map((name) => [
      name === 'east' ? 'CANCELLED' : 'SUCCEEDED',
      heldSite(defaultProject.id, siteName(mail, name)),
    ]),
  );
  const { id } = await platform.db.worker.findFirstOrThrow({ where: { pid: holder.pid } });
  expect(new Set(turns.flatMap(({ attemptList }) => attemptList.map(({ workerId }) => workerId)))).toEqual(
    new Set([id]),
  );
  expect(turns[1]!.reason).toBe('it had sent nothing 15 s after its round began, and the round went on without it');
  const [trained] = await trialsOf(sweepId, 'aggregate');
  const { federation: report } = trained!.result as Pick<NonNullable<TrialDetail['result']>, 'federation'>;
  expect(report!.history.map(({ participants, lost, failed }) => [participants, lost, failed])).toEqual([
    [[0, 2], [1], undefined],
  ]);
  const [scored] = await platform.db.trial.findMany({ where: { sweepId, kind: 'score' } });
  expect(Object.keys((scored!.result as { byClient: object }).byClient).sort()).toEqual(names.toSorted());
  const { workers: shown } = (await (await platform.request(platform.api, '/v1/workers')).json()) as WorkerList;
  expect(shown.find(({ name }) => name === 'holder')!.holds).toEqual([`${mail}/north`, `${mail}/west`]);

  const refused = async (more: Partial<Federation>, overrides: Partial<CreateSweepInput> = {}) => {
    const body = federated({ ...sites, ...more }, { task: mail, ...overrides });
    const response = await platform.request(platform.api, '/v1/sweeps/preview', { body });
    expect(response.status).toBe(400);
    return ((await response.json()) as Problem).errors?.map(({ path, message }) => `${path}: ${message}`);
  };
  expect(await refused({ held: true, roundSeconds: 15 })).toEqual([
    '/federation/roundSeconds: of turns that are trials: set asTrials, or leave it out',
    '/federation/held: of turns that are trials: set asTrials, or leave it out',
  ]);
  expect(
    (
      await refused({ asTrials: true, secureAggregation: true }, { methods: [{ name: 'lora', strategy: 'fedavg' }] })
    )?.[0],
  ).toMatch(
    /^\/federation\/secureAggregation: clients without keys of their own exchange some before they send, .* let them take turns in one process/,
  );
  expect(await refused({}, { methods: [{ name: 'lora', strategy: 'svd', clientRanks: { south: 1 } }] })).toEqual([
    '/methods/0/clientRanks: south is no client; there are north, east, west',
  ]);
  expect(
    (await refused({}, { methods: [{ name: 'lora', strategy: 'fedavg', clientRanks: { west: 1 } }] }))?.[0],
  ).toMatch(/^\/methods\/0\/clientRanks: strategy fedavg aggregates tensors of one rank/);
});

it('ends with the reason of a turn that fails, and goes on from there when it is tried again', async () => {
  const sweepId = await submit(platform, platform.api, federated({ ...long, asTrials: true }, { retries: 0 }));
  await killInTurn(sweepId, childOf);
  await untilCompleted(platform, sweepId);
  const [failed] = await trialsOf(sweepId, 'aggregate');
  expect(failed!.state).toBe('FAILED');
  expect(failed!.reason).toMatch(/^client-\d, in round 1: .*\(SIGKILL\); this was attempt 1 of 1$/);
  await act(platform, platform.api, sweepId, 'retry-failed');
  await untilCompleted(platform, sweepId);
  expect(await foundBy(sweepId)).toEqual(undisturbed);
  await expectSoundHistories(platform);
});
