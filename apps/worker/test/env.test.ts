import { expect, it } from 'vitest';
import { readSettings } from '../src/env.js';
import { requireSiteFiles } from '../src/site-files.js';
import { threadsOf } from '../src/trainer/messages.js';

const servers = { DATABASE_URL: 'postgresql://user@host:5432/db', REDIS_URL: 'redis://127.0.0.1:6379' };

it('has defaults for all but the servers', () => {
  const settings = readSettings(servers);
  expect(settings).toMatchObject({ queuePrefix: 'rankforge', engines: ['wasm'], leaseSeconds: 10, metrics: undefined });
  expect(settings.artifactDir).toMatch(/\/\.rankforge\/data\/artifacts$/);
  expect(settings.slots).toBeGreaterThanOrEqual(1);
  expect(settings.packSize).toBe(8);
});

it('reads a list of engines once each, and the address of the figures', () => {
  const settings = readSettings({
    ...servers,
    RANKFORGE_ENGINES: 'wasm, cpu,wasm',
    RANKFORGE_WORKER_METRICS_PORT: '9464',
    RANKFORGE_WORKER_METRICS_TOKEN: 'sixteen characters',
  });
  expect(settings.engines).toEqual(['wasm', 'cpu']);
  expect(settings.metrics).toEqual({ host: '127.0.0.1', port: 9464, token: 'sixteen characters' });
});

it.each([
  { cores: 8, slots: 1, threads: 8 },
  { cores: 8, slots: 3, threads: 2 },
  { cores: 2, slots: 2, threads: 1 },
  { cores: 2, slots: 16, threads: 1 },
])('gives a trainer $threads threads of $cores cores for $slots places', ({ cores, slots, threads }) => {
  expect(threadsOf(cores, slots)).toBe(threads);
});

it('refuses addresses of generators that are none before a trial asks one', () => {
  expect(() => readSettings({ ...servers, RANKFORGE_GENERATOR_ADDRESSES: 'models' })).toThrow(
    /RANKFORGE_GENERATOR_ADDRESSES: /,
  );
});

it('reads what is kept free, by device', () => {
  const settings = readSettings({ ...servers, RANKFORGE_KEEP_FREE_MIB: 'host=4096, cuda:1=512' });
  expect(settings).toMatchObject({ keptFreeBytes: { host: 2 ** 32, 'cuda:1': 2 ** 29 }, patienceMs: 900_000 });
});

it.each([
  [{ RANKFORGE_KEEP_FREE_MIB: 'cuda0=512' }, 'RANKFORGE_KEEP_FREE_MIB'],
  [{ RANKFORGE_PATIENCE_SECONDS: '-1' }, 'RANKFORGE_PATIENCE_SECONDS'],
  [{ DATABASE_URL: 'mysql://x' }, 'DATABASE_URL'],
  [{ REDIS_URL: '' }, 'REDIS_URL'],
  [{ RANKFORGE_ENGINES: 'wasm,abacus' }, 'RANKFORGE_ENGINES'],
  [{ RANKFORGE_WORKER_SLOTS: '0' }, 'RANKFORGE_WORKER_SLOTS'],
  [{ RANKFORGE_PACK_SIZE: '0' }, 'RANKFORGE_PACK_SIZE'],
  [{ RANKFORGE_WORKER_SLOTS: 'many' }, 'RANKFORGE_WORKER_SLOTS'],
  [{ RANKFORGE_WORKER_METRICS_TOKEN: 'short' }, 'RANKFORGE_WORKER_METRICS_TOKEN'],
])('names what is wrong in %j', (wrong, name) => {
  expect(() => readSettings({ ...servers, ...wrong })).toThrow(new RegExp(`^The worker cannot start.*\\n  ${name}: `));
});

it('reads which sites it holds, and the files of those whose examples lie here alone', () => {
  const project = '019b0f6e-52c4-7d1a-9c3e-5f2a8b7d6e10';
  const held = `${project}/dataset:mail/north=/data/north=1.jsonl, ${project}/dataset:mail/the east`;
  expect(readSettings({ ...servers, RANKFORGE_HOLDS: held })).toMatchObject({
    holds: [`${project}/dataset:mail/north`, `${project}/dataset:mail/the east`],
    siteFiles: { [`${project}/dataset:mail/north`]: '/data/north=1.jsonl' },
  });
  for (const old of ['north', 'dataset:mail/north', 'dataset:mail/north=/data/north.jsonl']) {
    expect(() => readSettings({ ...servers, RANKFORGE_HOLDS: old })).toThrow(
      new RegExp(
        `RANKFORGE_HOLDS.*expected the id of a project, a task and a site, e.g. ${project}/dataset:mail/north or .*: \`rankforge project list\` prints ids`,
        's',
      ),
    );
  }
});

it('names the site whose file is not there', async () => {
  await requireSiteFiles({ 'dataset:mail/north': process.execPath });
  await expect(requireSiteFiles({ 'dataset:mail/east': '/nowhere/east.jsonl' })).rejects.toThrow(
    /^RANKFORGE_HOLDS: the file of dataset:mail\/east cannot be read: ENOENT/,
  );
});
