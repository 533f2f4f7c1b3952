import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { waitFor } from '../../../test/support/index.js';
import { TrainerPool } from '../src/trainer/pool.js';
import { scratchOf } from '../src/trainer/scratch.js';
import type { StopReason } from '../src/trial/executor.js';
import { Heard, order } from './support/obedient-trainer.js';

const running = (heard: Heard) => waitFor('the child to run', () => heard.lines.includes('running'));

it('a stop that is not answered ends the orders beside it only once they are told to stop as well', async () => {
  const pool = new TrainerPool({
    script: fileURLToPath(new URL('./support/obedient-child.mjs', import.meta.url)),
    env: {},
    stopWithinMs: 50,
  });
  onTestFinished(() => pool.close());
  const cancelled = 'cancelled' satisfies StopReason;
  const begin = async (method: string, trialId: string, place = pool.share()) => {
    const [stop, heard] = [new AbortController(), new Heard()];
    const ended = place.run(order(method, 'nano', trialId), heard, stop.signal);
    await running(heard);
    return { stop: () => stop.abort(cancelled), ended };
  };
  const pack = pool.share();
  const member = await begin('be-deaf', 'member', pack);
  const other = await begin('run-until-stopped', 'other', pack);
  const alone = await begin('be-deaf', 'alone');
  member.stop();
  alone.stop();
  // Told to stop after the member, and killed: the time of the member is over as well.
  const reason = 'the training process did not answer a stop within 0.05 s, so it was killed';
  const died = { kind: 'died', reason, outOfMemory: false, beside: 0 };
  expect(await alone.ended).toEqual(died);
  other.stop();
  expect(await other.ended).toEqual({ kind: 'stopped' });
  expect(await member.ended).toEqual(died);
  pack.close();
});

it('removes the files of a trainer that was killed', async () => {
  const script = fileURLToPath(new URL('./support/obedient-child.mjs', import.meta.url));
  const pool = new TrainerPool({ script, env: {}, stopWithinMs: 50 });
  onTestFinished(() => pool.close());
  const [stop, heard] = [new AbortController(), new Heard()];
  const ended = pool.run(order('be-deaf', 'nano', 'trial'), heard, stop.signal);
  await running(heard);
  const files = scratchOf(pool.pids[0]!);
  await mkdir(files, { recursive: true });
  await writeFile(join(files, 'base'), 'a copy');
  stop.abort('cancelled' satisfies StopReason);
  expect(await ended).toMatchObject({ kind: 'died' });
  await waitFor('its files to go', () => !existsSync(files));
});
