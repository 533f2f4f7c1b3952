import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { waitFor } from '../../../test/support/index.js';
import { TrainerPool } from '../src/trainer/pool.js';
import type { Order, Progress, Reports, StopReason } from '../src/trial/executor.js';

const predicted = { weights: 1, adapters: 2, gradients: 3, optimizer: 4, activations: 50, workspace: 5, total: 65 };

function order(method: string, base = 'nano'): Order {
  return {
    trialId: 'trial',
    kind: 'train',
    budgetBytes: 100,
    predicted,
    checkpoints: [],
    spec: { method, base, engine: 'wasm' } as Order['spec'],
  };
}

class Heard implements Reports {
  readonly lines: string[] = [];
  readonly batches: Progress[] = [];
  resumed(): void {}
  checkpoint(): void {}
  progress(progress: Progress): void {
    this.batches.push(progress);
  }
  log(line: string): void {
    this.lines.push(line);
  }
}

const deaths: string[] = [];
const open = (options: { stopWithinMs?: number } = {}): TrainerPool =>
  new TrainerPool({
    script: fileURLToPath(new URL('./support/obedient-child.mjs', import.meta.url)),
    env: { NODE_OPTIONS: '--max-old-space-size=64' },
    stopWithinMs: options.stopWithinMs ?? 30_000,
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

  it('with the same base warm is preferred', async () => {
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

  it('that was stopped before it began stops as well', async () => {
    pool = open();
    const stop = new AbortController();
    stop.abort('drain' satisfies StopReason);
    expect(await pool.run(order('run-until-stopped'), new Heard(), stop.signal)).toEqual({ kind: 'stopped' });
  });
});

describe('a trainer that goes', () => {
  it('by kill -9 ends its order as died, and the next order gets another process', async () => {
    pool = open();
    const heard = new Heard();
    const run = pool.run(order('run-until-stopped'), heard, never);
    await running(heard);
    const [pid] = pool.pids;
    process.kill(pid as number, 'SIGKILL');
    expect(await run).toEqual({ kind: 'died', reason: 'the training process ended (SIGKILL)', outOfMemory: false });
    expect(deaths).toEqual(['the training process ended (SIGKILL)']);
    expect(await pool.run(order('succeed'), new Heard(), never)).toMatchObject({ result: { validation: { loss: 1 } } });
    expect(pool.pids).not.toContain(pid);
  });

  it('for want of heap is a trial that does not fit', async () => {
    pool = open();
    expect(await pool.run(order('exhaust-heap'), new Heard(), never)).toMatchObject({
      kind: 'over-budget',
      reason: expect.stringContaining('heap out of memory'),
      dominantPart: 'activations',
    });
  });

  it('because it does not answer a stop is killed', async () => {
    pool = open({ stopWithinMs: 50 });
    const stop = new AbortController();
    const heard = new Heard();
    const run = pool.run(order('be-deaf'), heard, stop.signal);
    await running(heard);
    stop.abort('cancelled' satisfies StopReason);
    expect(await run).toMatchObject({ kind: 'died', reason: 'the training process ended (SIGKILL)' });
  });

  it('because it retired is not used again', async () => {
    pool = open();
    await pool.run(order('retire'), new Heard(), never);
    expect(await pool.run(order('succeed'), new Heard(), never)).toMatchObject({ result: { validation: { loss: 1 } } });
  });
});
