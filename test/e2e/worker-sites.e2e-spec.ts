/** @file Federations whose examples lie with the workers of their sites: the scores of one place, and no example anywhere else. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type CreateSweepInput,
  type DatasetView,
  defaultProject,
  heldSite,
  type Problem,
  projectHeader,
  type SweepView,
  siteName,
  type TrialDetail,
  type WorkerList,
} from '@rankforge/contracts';
import { prepareSite } from '@rankforge/tasks';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTinyPlatform, type TinyPlatform } from '../support/tiny-platform.js';
import { submit, tinySweep, untilCompleted } from './worker-sweeps.js';

let platform: TinyPlatform;
let folder: string;
let sites: Record<'north' | 'east', Awaited<ReturnType<typeof keep>>>;
let mail: DatasetView;
beforeAll(async () => {
  platform = await createTinyPlatform();
  folder = await mkdtemp(join(tmpdir(), 'rankforge-sites-'));
  sites = { north: await keep('north'), east: await keep('east') };
  mail = await uploadCards('mail');
});
afterAll(async () => {
  await platform.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Stands in every text of the sites. */
const marker = 'quetzal';
const columns = { objective: 'classification', text: 'text', label: 'label' };
const classes = ['ham', 'spam'];
const split = { by: 'column', column: 'split' } as const;
const values = { train: 'train', validation: 'validation', test: 'test' };

/** Rows of a site, of which a column says where they are from. */
const rowsOf = (site: string, size: number) =>
  Array.from({ length: size }, (_, index) => ({
    text: `${marker} ${'abcdefghijklmnopqrst'[index]}${site[0]} ${index % 3 === 0 ? 'sell' : 'meet'} ${index}`,
    label: classes[Number(index % 3 === 0)],
    split: ['train', 'train', 'train', 'validation', 'test'][index % 5],
    site,
  }));
const rows = { north: rowsOf('north', 20), east: rowsOf('east', 15) };

const linesOf = (all: readonly object[]) => all.map((one) => JSON.stringify(one)).join('\n');

async function upload(spec: object, content: string, project: string = defaultProject.name): Promise<DatasetView> {
  const form = new FormData();
  form.set('spec', JSON.stringify(spec));
  form.set('file', new Blob([content]), 'file.jsonl');
  const headers = { authorization: `Bearer ${platform.keys.admin}`, [projectHeader]: project };
  const response = await fetch(`${platform.api.url}/v1/datasets`, { method: 'POST', headers, body: form });
  const body = (await response.json()) as DatasetView;
  expect(response.status, JSON.stringify(body)).toBe(201);
  return body;
}

/** Keeps the file of a site where its worker will find it. */
async function keep(site: keyof typeof rows) {
  const path = join(folder, `${site}.rows.jsonl`);
  const kept = join(folder, `${site}.jsonl`);
  await writeFile(path, linesOf(rows[site]));
  const source = { path, name: path };
  const how = { format: 'jsonl', mapping: { ...columns, classes }, split: { ...split, values } } as const;
  const { card } = await prepareSite({ site, source, ...how }, kept);
  return { card, kept };
}

const uploadCards = (name: string, project?: string) =>
  upload({ name, format: 'sites', mapping: columns }, linesOf([sites.north.card, sites.east.card]), project);

/** Every place in which anything of this platform lies that is no site's: files of the store, rows, and keys of Redis. */
async function placesWith(text: string): Promise<string[]> {
  const places: string[] = [];
  const note = (place: string, content: string) => {
    if (content.includes(text)) places.push(place);
  };
  for (const file of await readdir(platform.dataDir, { recursive: true, withFileTypes: true })) {
    if (file.isFile()) note('store', await readFile(join(file.parentPath, file.name), 'latin1'));
  }
  const tables = await platform.db.$queryRaw<{ name: string }[]>`
    SELECT table_name AS "name" FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'`;
  expect(tables.length).toBeGreaterThan(10);
  for (const { name } of tables) {
    const found = await platform.db.$queryRawUnsafe<{ row: string }[]>(`SELECT t::text AS "row" FROM "${name}" t`);
    for (const { row } of found) note(name, row);
  }
  const redis = new Redis(platform.redisUrl);
  try {
    for (const key of await redis.keys('*')) {
      const reads: Record<string, () => Promise<unknown>> = {
        string: () => redis.get(key),
        list: () => redis.lrange(key, 0, -1),
        hash: () => redis.hgetall(key),
        set: () => redis.smembers(key),
        zset: () => redis.zrange(key, '0', '-1'),
        stream: () => redis.xrange(key, '-', '+'),
      };
      note('redis', key + JSON.stringify(await reads[await redis.type(key)]!()));
    }
  } finally {
    redis.disconnect();
  }
  return [...new Set(places)];
}

type Federation = NonNullable<CreateSweepInput['federation']>;

function federated(task: string, more: Partial<Federation>, overrides: Partial<CreateSweepInput> = {}) {
  const { training: _, ...sweep } = tinySweep(platform.base);
  return {
    ...sweep,
    kind: 'federate',
    task,
    methods: [{ name: 'lora', strategy: 'fedavg' }],
    training: { batchSize: 2, sequenceLength: 16 },
    ...overrides,
    federation: { partition: { by: 'field', field: 'site' }, rounds: 2, localSteps: 3, ...more },
  } satisfies CreateSweepInput;
}

const atSites = { asTrials: true, held: true };

/** Scores that a federation reached on validation and test, and the adapter that it left. */
async function reached(sweepId: string) {
  const trials = await platform.db.trial.findMany({ where: { sweepId, partOfId: null }, include: { artifacts: true } });
  const [trained, scored] = [false, true].map((scores) => trials.find(({ kind }) => (kind === 'score') === scores)!);
  expect([trained!.reason, scored?.reason]).toEqual([null, null]);
  const { validation } = trained!.result as unknown as NonNullable<TrialDetail['result']>;
  const { test, byClient, worst } = scored!.result as Record<string, unknown>;
  const [adapter] = trained!.artifacts.filter(({ kind }) => kind === 'adapter');
  return { validation, test, byClient, worst, examples: scored!.exampleScores, adapter: adapter!.sha256 };
}

it('trains and scores where examples lie, to the bits of one place, with masked messages, and leaves no example in any other', async () => {
  expect(mail.report).toMatchObject({ examples: { train: 21, validation: 7, test: 7 }, classes: null });
  // Nobody is killed here: a lease that a busy machine cannot renew in time would be a lost worker.
  const slots = { RANKFORGE_WORKER_SLOTS: '1', RANKFORGE_LEASE_SECONDS: '60' };
  const holding = (site: string, file: string) =>
    platform.hostWorker({
      ...slots,
      RANKFORGE_HOLDS: `${heldSite(defaultProject.id, siteName(mail.task, site))}=${file}`,
    });
  await holding('north', sites.north.kept);
  await holding('east', sites.east.kept);

  // One of the two takes no keys but those of the cards, and sends nothing in the clear.
  await writeFile(`${sites.north.kept}.cards`, linesOf([sites.north.card, sites.east.card]));
  const masks = { secureAggregation: true };
  const sweepId = await submit(platform, platform.api, federated(mail.task, { ...atSites, ...masks }));
  await untilCompleted(platform, sweepId);
  const found = await reached(sweepId);
  expect(Object.keys(found.byClient as object).sort()).toEqual(['east', 'north']);
  const parts = await platform.db.trial.findMany({
    where: { sweepId, partOfId: { not: null } },
    orderBy: [{ kind: 'desc' }, { round: 'asc' }, { client: 'asc' }],
    include: { worker: true },
  });
  // Two rounds, the scores of validation behind them, and those of the test.
  expect(parts.map(({ kind, round, state }) => [kind, round, state])).toEqual([
    ...[0, 0, 1, 1, 2, 2].map((round) => ['client-turn', round, 'SUCCEEDED']),
    ...[0, 0].map((round) => ['client-score', round, 'SUCCEEDED']),
  ]);
  const holds = ['north', 'east'].map((site) => heldSite(defaultProject.id, siteName(mail.task, site)));
  for (const { client, worker } of parts) expect(worker!.holds).toEqual([holds[client!]]);
  expect(await placesWith(marker)).toEqual([]);
  const [, secret] = (await readFile(`${sites.north.kept}.key`, 'utf8')).split('\n');
  expect(secret).toMatch(/^[\w+/=]{64}$/);
  expect(await placesWith(secret!)).toEqual([]);
  expect(await placesWith(sites.north.card.publicKey!)).toContain('store');
  // It would be found there.
  expect(await placesWith(sites.east.card.sha256)).toEqual(expect.arrayContaining(['store', 'Dataset']));
  expect(await placesWith('trials.wasm')).toContain('redis');

  const mapping = { ...columns, classes, origins: ['site'] };
  const whole = await upload(
    { name: 'whole', format: 'jsonl', mapping, split },
    linesOf([...rows.north, ...rows.east]),
  );
  const together = await submit(platform, platform.api, federated(whole.task, masks));
  await untilCompleted(platform, together);
  expect(found).toEqual(await reached(together));
  expect(await placesWith(marker)).toEqual(expect.arrayContaining(['store']));
});

it('fails with the site that sends no scores in time', async () => {
  const far = await uploadCards('far');
  // Rounds bear that everybody is lost; scores do not.
  const late = { ...atSites, rounds: 1, roundSeconds: 2, quorum: 0 };
  const holds = `${heldSite(defaultProject.id, siteName(far.task, 'east'))}=${sites.east.kept}`;
  await platform.hostWorker({ RANKFORGE_WORKER_SLOTS: '1', RANKFORGE_HOLDS: holds });
  const sweepId = await submit(platform, platform.api, federated(far.task, late));
  await untilCompleted(platform, sweepId);
  const [trained] = await platform.db.trial.findMany({ where: { sweepId, kind: 'aggregate' } });
  expect([trained!.state, trained!.reason]).toEqual([
    'FAILED',
    'north, asked for its scores: it had sent no scores 2 s after it was asked for them',
  ]);
});

it('lends a site to its own project alone, and names it to no other', async () => {
  const made = await platform.request(platform.api, '/v1/projects', { body: { name: 'other' } });
  expect(made.status).toBe(201);
  const headers = { [projectHeader]: 'other' };
  // The same data set by name and by its cards, which are no secret.
  expect((await uploadCards('mail', 'other')).task).toBe(mail.task);
  const asked = federated(mail.task, { ...atSites, rounds: 1, roundSeconds: 1, quorum: 0 });
  const response = await platform.request(platform.api, '/v1/sweeps', { body: asked, headers });
  const { id: sweepId } = (await response.json()) as SweepView;
  await untilCompleted(platform, sweepId);
  const parts = await platform.db.trial.findMany({ where: { sweepId, partOfId: { not: null } } });
  expect(new Set(parts.map(({ client, attempts, state }) => `${client} ${attempts} ${state}`))).toEqual(
    new Set(['0 0 CANCELLED', '1 0 CANCELLED']),
  );
  const holdsOf = async (project: string) => {
    const answer = await platform.request(platform.api, '/v1/workers', { headers: { [projectHeader]: project } });
    const { workers } = (await answer.json()) as WorkerList;
    return workers.flatMap(({ holds }) => holds).sort();
  };
  expect(await holdsOf('other')).toEqual([]);
  expect(await holdsOf('default')).toEqual(['dataset:far/east', 'dataset:mail/east', 'dataset:mail/north']);
});

it('refuses what would need the examples in one place', async () => {
  const refused = async (asked: CreateSweepInput) => {
    const response = await platform.request(platform.api, '/v1/sweeps/preview', { body: asked });
    const { errors } = (await response.json()) as Problem;
    expect(response.status).toBe(400);
    return errors!.map(({ path, message }) => `${path}: ${message}`);
  };
  const task = 'dataset:mail';
  expect(await refused(tinySweep(platform.base, { task }))).toEqual([
    '/task: examples of dataset:mail lie at sites (north, east), and a sweep to finetune reads them in one place: train by a federation',
  ]);
  expect(await refused(federated(task, {}, { training: { batchSize: 2, sequenceLength: 16, evalEvery: 3 } }))).toEqual([
    '/federation/asTrials: examples of dataset:mail lie at its sites: set it, so that each trains in a trial of its own',
    '/federation/held: examples of dataset:mail lie at its sites: set it, so that each trains where its examples are',
    '/training/evalEvery: examples of dataset:mail lie at its sites, which score validation once, when all rounds are done: leave it out',
  ]);
  const { publicKey: _, ...keyless } = sites.north.card;
  const old = await upload({ name: 'old', format: 'sites', mapping: columns }, linesOf([keyless, sites.east.card]));
  expect(await refused(federated(old.task, { ...atSites, secureAggregation: true }))).toEqual([
    '/federation/secureAggregation: cards of dataset:old name no keys by which its sites could mask messages: prepare the sites and add the data set anew',
  ]);
  const bySize = { ...atSites, held: false, partition: { by: 'size' as const, shares: [1, 1] } };
  expect((await refused(federated(task, bySize)))[0]).toMatch(
    /^\/federation\/partition\/by: .* divide by the field "site", got size/,
  );
  const methods = (method: object) => ({ methods: [method] }) as Pick<CreateSweepInput, 'methods'>;
  const [pooled] = await refused(federated(task, atSites, methods({ name: 'lora', strategy: 'pooled' })));
  expect(pooled).toMatch(/pooled trains on the examples of all in one place/);
  const [sb] = await refused(federated(task, atSites, methods({ name: 'lora-sb', strategy: 'fedavg' })));
  expect(sb).toMatch(/lora-sb makes its first values of gradients that the server takes/);
});
