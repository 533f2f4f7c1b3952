import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Fixture, openFixture } from '../../../test/support/trials.js';
import {
  ArtifactStore,
  claimTrial,
  collectArtifacts,
  finishTrial,
  handBack,
  type Lease,
  measureGarbage,
  recordArtifact,
} from '../src/index.js';

let fixture: Fixture;
let folder: string;
let store: ArtifactStore;

beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rankforge-gc-'));
  store = new ArtifactStore(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const graceSeconds = 3600;
const measure = (grace = graceSeconds) => measureGarbage(fixture.db, store, { graceSeconds: grace });
const collect = (from = store, grace = graceSeconds) => collectArtifacts(fixture.db, from, { graceSeconds: grace });

async function claim(): Promise<Lease> {
  const { db, workerId } = fixture;
  const claimed = await claimTrial(db, {
    trialId: await fixture.queued(),
    workerId,
    device: 'host',
    leaseSeconds: 600,
  });
  return claimed!.lease;
}

const giveBack = (lease: Lease) =>
  handBack(fixture.db, lease, { outcome: 'handed-back', reason: 'for the test', logTail: '' });

/** Makes a file as old as one stored two days ago. */
async function age(path: string): Promise<void> {
  const then = new Date(Date.now() - 2 * 86_400_000);
  await utimes(path, then, then);
}

async function putOld(text: string): Promise<string> {
  const { sha256 } = await store.put(Buffer.from(text));
  await age(store.pathOf(sha256));
  return sha256;
}

const record = (lease: Lease, sha256: string, step = 1) =>
  recordArtifact(fixture.db, lease, { kind: 'checkpoint', step, sha256, bytes: 1 }, { keep: 1000 });

const there = async (sha256: string) => (await store.size(sha256)) !== undefined;

describe('collection of artifacts', () => {
  it('removes what nothing refers to, and nothing else', async () => {
    const lease = await claim();
    const [kept, orphan] = [await putOld('kept'), await putOld('orphan')];
    const { sha256: young } = await store.put(Buffer.from('young'));
    await record(lease, kept);
    await giveBack(lease);
    const halves = [join(folder, '.half'), join(folder, orphan.slice(0, 2), `.${orphan}.half`)];
    for (const path of halves) await writeFile(path, 'half a file');
    await age(halves[0]!);
    expect(await measure()).toEqual({ files: 2, bytes: 'orphan'.length + 'half a file'.length });
    expect([await there(orphan), await readdir(folder)]).toEqual([true, expect.arrayContaining(['.half'])]);
    expect(await collect()).toEqual({ files: 2, bytes: 'orphan'.length + 'half a file'.length });
    expect([await there(kept), await there(orphan), await there(young)]).toEqual([true, false, true]);
    expect(await readdir(folder)).not.toContain('.half');
    expect(await readdir(join(folder, orphan.slice(0, 2)))).toEqual([`.${orphan}.half`]);
    expect(await collect()).toEqual({ files: 0, bytes: 0 });
  });

  it('has nothing to do where nothing was stored yet', async () => {
    expect(await collect(new ArtifactStore(join(folder, 'none')))).toEqual({ files: 0, bytes: 0 });
  });

  it('leaves what an attempt may still record, however old, until that attempt is over', async () => {
    const lease = await claim();
    const { sha256 } = await store.put(Buffer.from('waits for Postgres'));
    expect(await measure(0)).toEqual({ files: 0, bytes: 0 });
    expect(await collect(store, 0)).toEqual({ files: 0, bytes: 0 });
    expect(await there(sha256)).toBe(true);
    await giveBack(lease);
    expect((await record(lease, sha256)).held).toBe(false);
    expect((await collect(store, 0)).files).toBe(1);
    expect(await there(sha256)).toBe(false);
  });

  it.each(['before', 'after'])(
    'loses nothing to a writer that stores the same bytes %s it takes them',
    async (when) => {
      const bytes = Buffer.from(`same ${when}`);
      class Raced extends ArtifactStore {
        override async takeAside(sha256: string) {
          if (when === 'before') await store.put(bytes);
          const aside = await super.takeAside(sha256);
          if (when === 'after') await store.put(bytes);
          return aside;
        }
      }
      const sha256 = await putOld(bytes.toString());
      await collect(new Raced(folder));
      expect((await store.read(sha256)).equals(bytes)).toBe(true);
      expect(await readdir(join(folder, sha256.slice(0, 2)))).toEqual([sha256]);
    },
  );

  it('gives back what a collector had taken that was killed', async () => {
    const lease = await claim();
    const sha256 = await putOld('taken');
    await record(lease, sha256);
    await giveBack(lease);
    await store.takeAside(sha256);
    expect(await there(sha256)).toBe(false);
    await collect();
    expect((await store.read(sha256)).toString()).toBe('taken');
  });

  it('runs beside writers of equal bytes: every row has its file, and at the end no file is without one', async () => {
    const leases = await Promise.all(Array.from({ length: 6 }, claim));
    let writing = true;
    const collecting = (async () => {
      while (writing) await collect(store, 0);
    })();
    try {
      await Promise.all(
        leases.map(async (lease) => {
          for (let step = 1; step <= 15; step++) {
            const { sha256 } = await store.put(Buffer.from(`checkpoint ${step % 4}`));
            if (step % 3 !== 0) expect((await record(lease, sha256, step)).held).toBe(true);
          }
        }),
      );
    } finally {
      writing = false;
      await collecting;
    }
    await Promise.all(leases.map(giveBack));
    await store.put(Buffer.from('stored, and its worker was killed'));
    await collect(store, 0);
    const rows = await fixture.db.artifact.findMany({
      where: { trialId: { in: leases.map(({ trialId }) => trialId) } },
      distinct: ['sha256'],
    });
    expect(rows.length).toBe(4);
    for (const { sha256 } of rows) await store.read(sha256);
    const files = (await readdir(folder, { recursive: true })).filter((name) => name.includes('/'));
    expect(files.map((name) => name.split('/')[1]).sort()).toEqual(rows.map(({ sha256 }) => sha256).sort());
  });

  it('takes checkpoints of ended trials whose worker was killed before it did, once their sweep is over', async () => {
    const { db, sweepId } = fixture;
    const lease = await claim();
    const sha256 = await putOld('a checkpoint');
    await record(lease, sha256);
    const reason = 'for the test';
    await finishTrial(db, lease, { state: 'OVER_BUDGET', reason, dominantPart: 'weights' }, '');
    expect((await collect()).files).toBe(0);
    await db.sweep.update({ where: { id: sweepId }, data: { state: 'COMPLETED' } });
    expect(await measure()).toEqual({ files: 1, bytes: 'a checkpoint'.length });
    expect(await db.artifact.count({ where: { trialId: lease.trialId } })).toBe(1);
    expect((await collect()).files).toBe(1);
    expect(await db.artifact.count({ where: { trialId: lease.trialId } })).toBe(0);
  });
});
