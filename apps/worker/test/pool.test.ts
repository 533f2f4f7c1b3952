import { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { waitFor } from '../../../test/support/index.js';
import { countIn } from '../src/trainer/kernel-kills.js';
import { TrainerPool } from '../src/trainer/pool.js';
import type { TrainerOptions } from '../src/trainer/trainer-process.js';
import type { Order, RunOutcome, StopReason } from '../src/trial/executor.js';
import { Heard, order, predicted } from './support/obedient-trainer.js';

const deaths: string[] = [];
type Options = Partial<Pick<TrainerOptions, 'stopWithinMs' | 'kernelKills' | 'stall' | 'passes'>>;
const open = (options: Options = {}): TrainerPool =>
  new TrainerPool({
    script: fileURLToPath(new URL('./support/obedient-child.mjs', import.meta.url)),
    env: { NODE_OPTIONS: '--max-old-space-size=64' },
    stopWithinMs: 30_000,
    ...options,
    onDeath: (reason) => deaths.push(reason),
  });

let pool: TrainerPool;
afterEach(async () => {
  await pool.close();
  expect(pool.pids).toEqual([]);
  deaths.length = 0;
});

const never = new AbortController().signal;
const running = (heard: Heard) => waitFor('the child to run', () => heard.lines.includes('running'));

describe('a trainer', () => {
  it('is used again, and what it reports arrives before its end', async () => {
    pool = open();
    const heard = new Heard();
    const first = await pool.run(order('succeed'), heard, never);
    const second = await pool.run(order('succeed'), heard, never);
    // The child counts its orders: the second came to the same process.
    expect([first, second]).toMatchObject([
      { result: { validation: { loss: 1 } } },
      { result: { validation: { loss: 2 } } },
    ]);
    expect(heard.batches).toHaveLength(2);
    expect(heard.batches[0]).toEqual({ points: [{ name: 'train/loss', step: 1, value: 2 }], step: 1, loss: 2 });
    expect(pool.pids).toHaveLength(1);
  });

  it('is preferred while the same base is warm in it', async () => {
    pool = open();
    const stop = new AbortController();
    const heard = new Heard();
    const a = pool.run(order('run-until-stopped', 'a'), heard, stop.signal);
    await running(heard);
    await pool.run(order('succeed', 'b'), new Heard(), never);
    stop.abort('drain' satisfies StopReason);
    await a;
    // Two idle processes: the one that had base b has done one order.
    expect(await pool.run(order('succeed', 'b'), new Heard(), never)).toMatchObject({
      result: { validation: { loss: 2 } },
    });
    expect(await pool.run(order('succeed', 'b'), new Heard(), never)).toMatchObject({
      result: { validation: { loss: 3 } },
    });
    expect(pool.pids).toHaveLength(2);
  });

  it('is told why to stop', async () => {
    pool = open();
    const stop = new AbortController();
    const heard = new Heard();
    const run = pool.run(order('run-until-stopped'), heard, stop.signal);
    await running(heard);
    stop.abort('cancelled' satisfies StopReason);
    expect(await run).toEqual({ kind: 'stopped' });
    expect(heard.lines).toEqual(['running', 'stopped for cancelled']);
  });

  it('stops an order that was told to stop before it began', async () => {
    pool = open();
    const stop = new AbortController();
    stop.abort('drain' satisfies StopReason);
    expect(await pool.run(order('run-until-stopped'), new Heard(), stop.signal)).toEqual({ kind: 'stopped' });
  });
});

describe('trainers of several devices', () => {
  const cards = [0, 1].map((index) => ({ id: `cuda:${index}`, kind: 'cuda' as const, uuid: `GPU-${index}` }));
  const needing = (total: number): Order => ({ ...order('succeed'), predicted: { ...predicted, total } });
  const ordersDone = (outcome: RunOutcome) => (outcome as { result?: { validation: unknown } }).result?.validation;

  it('see one device each, take memory as they need it, and are not exchanged', async () => {
    pool = open();
    const told: unknown[] = [];
    for (const device of [...cards, undefined, ...cards]) {
      const heard = new Heard();
      await (device ? pool.on(device) : pool).run(order('tell-environment'), heard, never);
      told.push(heard.lines[0]);
    }
    const card = (uuid: string) => JSON.stringify({ visible: uuid, growth: 'true' });
    const host = JSON.stringify({ visible: '' });
    expect(told).toEqual([card('GPU-0'), card('GPU-1'), host, card('GPU-0'), card('GPU-1')]);
    expect(pool.pids).toHaveLength(3);
  });

  it('die with their device, and alone', async () => {
    pool = open();
    const stop = new AbortController();
    const heard = [new Heard(), new Heard()];
    const [first, second] = cards.map((card, index) =>
      pool.on(card).run(order('run-until-stopped'), heard[index]!, stop.signal),
    );
    await Promise.all(heard.map(running));
    pool.giveUp('cuda:0', 'cuda:0 is gone');
    expect(await first).toEqual({ kind: 'died', reason: 'cuda:0 is gone', outOfMemory: false, beside: 0 });
    await expect.poll(() => pool.pids).toHaveLength(1);
    stop.abort('drain' satisfies StopReason);
    expect(await second).toEqual({ kind: 'stopped' });
  });

  it('hold no more on a card than the orders that run there have reserved', async () => {
    pool = open();
    const run = async (total: number) => ordersDone(await pool.on(cards[0]!).run(needing(total), new Heard(), never));
    expect(await run(65)).toEqual({ loss: 1 });
    expect(await run(80)).toEqual({ loss: 2 }); // the same process, which may hold more now
    expect(await run(79)).toEqual({ loss: 1 }); // a new one: the old might keep 80
    await expect.poll(() => pool.pids).toHaveLength(1);
    // The host takes back what a process frees.
    expect(ordersDone(await pool.run(needing(65), new Heard(), never))).toEqual({ loss: 1 });
    expect(ordersDone(await pool.run(needing(1), new Heard(), never))).toEqual({ loss: 2 });
  });

  it('begin on a card once those that ended there for them have gone', async () => {
    pool = open();
    await pool.on(cards[0]!).run({ ...needing(80), spec: order('end-slowly').spec }, new Heard(), never);
    const [old] = pool.pids;
    const there: boolean[] = [];
    const heard = new Heard();
    heard.log = () => there.push(pool.pids.includes(old!));
    await pool.on(cards[0]!).run(order('tell-environment'), heard, never);
    expect(there).toEqual([false]);
  });
});

describe('a trainer that goes', () => {
  it('ends its order as died after kill -9, and leaves the next order to another process', async () => {
    pool = open();
    const heard = new Heard();
    const run = pool.run(order('run-until-stopped'), heard, never);
    await running(heard);
    const [pid] = pool.pids;
    process.kill(pid as number, 'SIGKILL');
    expect(await run).toEqual({
      kind: 'died',
      reason: 'the training process ended (SIGKILL)',
      outOfMemory: false,
      beside: 0,
    });
    expect(deaths).toEqual(['the training process ended (SIGKILL)']);
    expect(await pool.run(order('succeed'), new Heard(), never)).toMatchObject({ result: { validation: { loss: 1 } } });
    expect(pool.pids).not.toContain(pid);
  });

  it('makes a trial that ran out of heap one that does not fit', async () => {
    pool = open();
    expect(await pool.run(order('exhaust-heap'), new Heard(), never)).toMatchObject({
      kind: 'over-budget',
      reason: expect.stringContaining('heap out of memory'),
      dominantPart: 'activations',
    });
  });

  it('is killed where it does not answer a stop', async () => {
    pool = open({ stopWithinMs: 50 });
    const stop = new AbortController();
    const heard = new Heard();
    const run = pool.run(order('be-deaf'), heard, stop.signal);
    await running(heard);
    stop.abort('cancelled' satisfies StopReason);
    expect(await run).toMatchObject({
      kind: 'died',
      reason: 'the training process did not answer a stop within 0.05 s, so it was killed',
    });
  });

  it('does not count as killed by the kernel where it was killed for its silence, and the kernel killed another', async () => {
    let kills = 0;
    pool = open({ stopWithinMs: 50, kernelKills: () => kills });
    const [stop, heard] = [new AbortController(), new Heard()];
    const run = pool.run(order('be-deaf'), heard, stop.signal);
    await running(heard);
    kills += 1;
    stop.abort('drain' satisfies StopReason);
    expect(await run).toMatchObject({ kind: 'died', outOfMemory: false });
  });

  it('holds up the end of the pool for no longer than it may take to be killed, as one that waits for a disk', async () => {
    pool = open();
    await pool.run(order('succeed'), new Heard(), never);
    const [pid] = pool.pids;
    process.kill(pid!, 'SIGSTOP');
    const kill = vi.spyOn(ChildProcess.prototype, 'kill').mockReturnValue(true);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const closed = pool.close();
      await vi.advanceTimersByTimeAsync(40_000);
      await closed;
      expect([kill.mock.calls, pool.pids]).toEqual([[['SIGKILL']], [pid]]);
    } finally {
      vi.useRealTimers();
      kill.mockRestore();
      process.kill(pid!, 'SIGKILL');
    }
  });

  it('is not used again after it retired', async () => {
    pool = open();
    await pool.run(order('retire'), new Heard(), never);
    expect(await pool.run(order('succeed'), new Heard(), never)).toMatchObject({ result: { validation: { loss: 1 } } });
  });
});

describe('orders that share a trainer', () => {
  const settled = async (runs: readonly Promise<RunOutcome>[]) => (await Promise.all(runs)).map(({ kind }) => kind);

  /** Starts orders of these methods side by side, and waits until those that say so run. */
  async function together(...acts: string[]) {
    const place = pool.share();
    const members = acts.map((act, index) => {
      const [stop, heard] = [new AbortController(), new Heard()];
      return { stop, heard, run: place.run(order(act, 'nano', `trial-${index}`), heard, stop.signal) };
    });
    await Promise.all(
      members.filter((_, index) => acts[index] === 'run-until-stopped').map(({ heard }) => running(heard)),
    );
    return { place, members, runs: members.map(({ run }) => run) };
  }

  it('run in one process, which is kept for the next when all have ended', async () => {
    pool = open();
    const { place, members, runs } = await together('run-until-stopped', 'succeed', 'run-until-stopped');
    expect(pool.pids).toHaveLength(1);
    expect(await members[1]!.run).toMatchObject({ kind: 'succeeded' });
    expect(members[1]!.heard.batches).toHaveLength(1);
    expect(members[0]!.heard.batches).toHaveLength(1);
    members[0]!.stop.abort('cancelled' satisfies StopReason);
    expect(await members[0]!.run).toEqual({ kind: 'stopped' });
    expect(members[2]!.heard.lines).toEqual(['running']);
    members[2]!.stop.abort('drain' satisfies StopReason);
    expect(await settled(runs)).toEqual(['stopped', 'succeeded', 'stopped']);
    place.close();
    expect(await pool.run(order('succeed'), new Heard(), never)).toMatchObject({ result: { validation: { loss: 4 } } });
    expect(pool.pids).toHaveLength(1);
  });

  it('learn of kill -9 how many were beside them: none is said to be the cause', async () => {
    pool = open();
    const { runs } = await together('run-until-stopped', 'run-until-stopped');
    process.kill(pool.pids[0] as number, 'SIGKILL');
    const died = { kind: 'died', reason: 'the training process ended (SIGKILL)', outOfMemory: false, beside: 1 };
    expect(await Promise.all(runs)).toEqual([died, died]);
  });

  it('are all tried again when memory runs out under one of them', async () => {
    pool = open();
    const { runs } = await together('run-until-stopped', 'exhaust-engine');
    const died = { kind: 'died', reason: 'the device ran out of memory', outOfMemory: true, beside: 1 };
    const reason = 'the device ran out of memory, at a measured peak of 64 bytes';
    expect(await Promise.all(runs)).toEqual([{ ...died, reason }, died]);
    // By itself it is over its budget.
    expect(await pool.run(order('exhaust-engine'), new Heard(), never)).toMatchObject({ kind: 'over-budget' });
  });

  it('are of one base', async () => {
    pool = open();
    const { place, members, runs } = await together('run-until-stopped');
    await expect(place.run(order('succeed', 'other', 'x'), new Heard(), never)).rejects.toThrow('wasm other');
    members[0]!.stop.abort('drain' satisfies StopReason);
    await settled(runs);
  });
});

describe('a kill of the kernel for memory', () => {
  let kills = 0;
  /** What the kernel does when a group has no memory left, without filling this machine's. */
  const killFirst = () => {
    kills += 1;
    process.kill(pool.pids[0] as number, 'SIGKILL');
  };

  it('makes the only training one that does not fit, with the bytes it was last seen to hold', async () => {
    pool = open({ kernelKills: () => kills });
    const heard = new Heard();
    const run = pool.run(order('run-until-stopped'), heard, never);
    await running(heard);
    killFirst();
    expect(await run).toEqual({
      kind: 'over-budget',
      reason:
        'the training process ended (SIGKILL): the kernel killed it while the host was out of memory, at a measured peak of 64 bytes; predicted were 65 bytes, within the budget of 100',
      dominantPart: 'activations',
    });
  });

  it('blames no trial while another training ran', async () => {
    pool = open({ kernelKills: () => kills });
    const [heard, stop] = [new Heard(), new AbortController()];
    const victim = pool.run(order('run-until-stopped'), heard, never);
    await running(heard);
    const [beside, other] = [new Heard(), pool.share()];
    const second = other.run(order('run-until-stopped', 'nano', 'other'), beside, stop.signal);
    await running(beside);
    killFirst();
    expect(await victim).toMatchObject({ kind: 'died', outOfMemory: true, byKernel: true, beside: 0 });
    stop.abort('drain' satisfies StopReason);
    await second;
    other.close();
    // With the worker to itself it is its own fault.
    const apart = new Heard();
    const again = pool.run(order('run-until-stopped'), apart, never);
    await running(apart);
    killFirst();
    expect(await again).toMatchObject({ kind: 'over-budget', dominantPart: 'activations' });
  });

  it('does not count before the training began', async () => {
    kills += 1;
    pool = open({ kernelKills: () => kills });
    const heard = new Heard();
    const run = pool.run(order('run-until-stopped'), heard, never);
    await running(heard);
    process.kill(pool.pids[0] as number, 'SIGKILL');
    expect(await run).toMatchObject({ kind: 'died', outOfMemory: false });
  });
});

describe('a trainer in which nothing moves', () => {
  const aDay = 24 * 3_600_000;

  it('is killed when it is frozen between two steps, and the reason says for how long nothing moved', async () => {
    pool = open({ stall: { stepMs: 1500, otherMs: aDay } });
    const heard = new Heard();
    const run = pool.run(order('step-on'), heard, never);
    await running(heard);
    process.kill(pool.pids[0] as number, 'SIGSTOP');
    expect(await run).toEqual({
      kind: 'died',
      reason: expect.stringMatching(
        /^nothing moved in the training process for \d+(\.\d)? s \(no step before had taken longer than \d+\.\d s\), so it was killed$/,
      ),
      outOfMemory: false,
      beside: 0,
    });
  });

  it('is killed when it is frozen before its first step, by a bound of its own', async () => {
    pool = open({ stall: { stepMs: aDay, otherMs: 1500 } });
    const heard = new Heard();
    const run = pool.run(order('be-deaf'), heard, never);
    await running(heard);
    process.kill(pool.pids[0] as number, 'SIGSTOP');
    expect(await run).toMatchObject({
      kind: 'died',
      reason: expect.stringMatching(/^nothing moved .* s \(while it loaded, calibrated or stored\), so it was killed$/),
    });
  });

  it.each([
    ['loads for longer than a step may take', 'load-long', { stepMs: 100, otherMs: aDay }],
    ['makes ever slower steps', 'step-slower', { stepMs: 2000, otherMs: aDay }],
  ])('is not one that %s', async (_, act, stall) => {
    pool = open({ stall });
    expect(await pool.run(order(act), new Heard(), never)).toMatchObject({ kind: 'succeeded' });
  });

  it('is not one that waits for a calibration of another process', async () => {
    // The bound holds while the process starts too, which takes its time on a busy machine.
    const hold = () => sleep(4500);
    pool = open({ stall: { stepMs: 3000, otherMs: 3000 }, passes: { hold } });
    expect(await pool.run(order('reserve-long'), new Heard(), never)).toMatchObject({ kind: 'succeeded' });
  });
});

describe('the counter of kills', () => {
  it('is read where the kernel has it', () => {
    expect(countIn('low 0\nhigh 0\nmax 12\noom 2\noom_kill 1\noom_group_kill 0\n')).toBe(1); // version 2
    expect(countIn('oom_kill_disable 0\nunder_oom 0\noom_kill 3\n')).toBe(3); // version 1
    expect(countIn('oom_kill_disable 0\nunder_oom 0\n')).toBeUndefined();
    expect(countIn(undefined)).toBeUndefined();
  });
});
