import { workerContract } from '@rankforge/contracts';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fixture, memory, openFixture } from '../../../test/support/trials.js';
import { claimTrial, finishTrial, recordMetrics, registerWorker } from '../src/index.js';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());

const register = (name: string, contract: number) =>
  registerWorker(fixture.db, {
    name,
    host: 'h',
    pid: 1,
    version: '0',
    engines: ['wasm'],
    slots: 1,
    devices: [],
    contract,
  });
const claim = (trialId: string, workerId: string) =>
  claimTrial(fixture.db, { trialId, workerId, device: 'host', leaseSeconds: 60 });

/** What a migration does that changes the contract. */
async function migrate(oldest: number, current: number): Promise<void> {
  const client = new pg.Client(fixture.database.url);
  await client.connect();
  await client.query('UPDATE "worker_contract" SET "oldest" = $1, "current" = $2', [oldest, current]);
  await client.end();
}

describe('the contract of a worker', () => {
  it('is the one that the migrations serve; earlier ones are served no more', async () => {
    const [served] = await fixture.db.$queryRaw<unknown[]>`SELECT "oldest", "current" FROM "worker_contract"`;
    expect(served).toEqual({ oldest: 12, current: workerContract });
    await expect(register('first', 1)).rejects.toThrow(
      /worker first speaks contract 1, and this database serves 12 to 12: start a worker of the version of the API/,
    );
    // Workers of before announce none.
    const insert = fixture.db.$executeRaw`
      INSERT INTO "Worker" ("id", "name", "host", "pid", "version", "engines", "slots", "devices")
      VALUES (gen_random_uuid(), 'silent', 'h', 1, '0', '{wasm}', 1, '[]')`;
    await expect(insert).rejects.toThrow(/worker silent speaks contract 1, and this database serves 12 to 12/);
  });

  it('is refused at the start, with what to do, where its version is not served', async () => {
    await migrate(12, 13);
    await expect(register('old', 11)).rejects.toThrow(
      /worker old speaks contract 11, and this database serves 12 to 13: start a worker of the version of the API/,
    );
    await expect(register('new', 14)).rejects.toThrow(
      /worker new speaks contract 14, and this database serves 12 to 13: apply the migrations of its version first/,
    );
    await expect(register('previous', 12)).resolves.toMatch(/^[0-9a-f-]{36}$/);
    await expect(register('current', 13)).resolves.toMatch(/^[0-9a-f-]{36}$/);
    await migrate(12, 12);
  });

  it('may end while it runs trials: those are finished, and the next is left to another worker', async () => {
    const { db, workerId: old } = fixture;
    const [running, next] = [await fixture.queued(), await fixture.queued()];
    const claimed = await claim(running, old);
    const lease = claimed!.lease;
    await migrate(workerContract + 1, workerContract + 2);
    const points = [{ name: 'train/loss', step: 1, value: 2 }];
    expect(await recordMetrics(db, lease, { points, step: 1, loss: 2 })).toBe(true);
    const result = { validation: { loss: 2 }, seconds: 1 };
    const outcome = { state: 'SUCCEEDED', result, measured: memory, objective: 2, step: 1 } as const;
    expect(await finishTrial(db, lease, outcome, '')).toBe(true);
    await expect(claim(next, old)).rejects.toThrow(
      `speaks contract ${workerContract}, and this database serves ${workerContract + 1} to ${workerContract + 2}`,
    );
    expect((await db.trial.findUniqueOrThrow({ where: { id: next } })).state).toBe('QUEUED');
    const previous = await register('previous', workerContract + 1);
    expect((await claim(next, previous))?.lease).toEqual({ trialId: next, token: 1 });
  });
});
