import type { Database } from '@rankforge/db';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import { type Fixture, openFixture } from '../../../test/support/trials.js';
import type { Catalog } from '../src/catalog/catalog.js';
import type { SweepPlan } from '../src/planning/sweep-plan.js';
import type { SweepPlanner } from '../src/planning/sweep-planner.js';
import { ProblemError } from '../src/platform/http/problem.js';
import type { Notifications } from '../src/platform/notifications.js';
import { type ExpandingSweep, Expansion } from '../src/scheduling/expansion.js';
import { Planner } from '../src/scheduling/planner.js';

/** A planner whose sweeps go forward by being named, but for those that fail. */
class NamingPlanner extends Planner {
  readonly failing = new Map<string, Error>();
  advanced: string[] = [];
  readonly logged: { sweepId: string }[] = [];

  constructor(running: readonly string[]) {
    const findMany = async () => running.map((id) => ({ id }));
    const sweep = { findMany, updateMany: async () => ({ count: 1 }) };
    super(partOf<Database>({ $queryRaw: async () => [], sweep }), partOf<Notifications>({}), partOf<Expansion>({}));
    this.logger.warn = (fields: { sweepId: string }) => this.logged.push(fields);
  }

  override async advanceSweep(sweepId: string): Promise<void> {
    const failure = this.failing.get(sweepId);
    if (failure) throw failure;
    this.advanced.push(sweepId);
  }

  /** Takes sweeps forward for one round. */
  async next(): Promise<string[]> {
    this.advanced = [];
    await this.round();
    return this.advanced;
  }
}

describe('a round of the planner', () => {
  let planner: NamingPlanner;
  beforeEach(() => {
    planner = new NamingPlanner(['first', 'second', 'third']);
  });

  it('takes sweeps forward behind one that cannot be, which is tried again and logged once while that lasts', async () => {
    planner.failing.set('first', new TypeError('its plan is broken'));
    expect(await planner.next()).toEqual(['second', 'third']);
    expect(await planner.next()).toEqual([]);
    expect(planner.logged).toEqual([{ sweepId: 'first', err: planner.failing.get('first') }]);
    planner.failing.clear();
    expect(await planner.next()).toEqual(['first']);
  });

  it('ends while PostgreSQL is away, and goes on with all that were due', async () => {
    const away = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    planner.failing.set('second', away);
    await expect(planner.next()).rejects.toBe(away);
    expect(planner.advanced).toEqual(['first']);
    planner.failing.clear();
    expect(await planner.next()).toEqual(['third', 'second']);
  });
});

describe('notifications of changes', () => {
  it('take a sweep forward at once, and then once in a tenth of a second however many come', async () => {
    vi.useFakeTimers();
    try {
      let notify: (sweepId: string) => void = () => {};
      const planner = new (class extends Planner {
        readonly advanced: string[] = [];
        protected override async round(): Promise<void> {}
        hear() {
          this.loop.wake = () => {
            this.advanced.push(...this.changed);
            this.changed.clear();
          };
          this.onApplicationBootstrap();
        }
      })(
        partOf<Database>({}),
        partOf<Notifications>({
          onSweepChanged(listener) {
            notify = listener;
            return () => {};
          },
        }),
        partOf<Expansion>({}),
      );
      planner.hear();
      for (let trial = 0; trial < 50; trial++) for (const sweepId of ['first', 'second']) notify(sweepId);
      expect(planner.advanced).toEqual(['first', 'second']);
      await vi.advanceTimersByTimeAsync(100);
      expect(planner.advanced).toEqual(['first', 'second', 'first', 'second']);
      await vi.advanceTimersByTimeAsync(1000);
      expect(planner.advanced).toHaveLength(4);
      notify('first');
      expect(planner.advanced).toEqual(['first', 'second', 'first', 'second', 'first']);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('a sweep that cannot be taken forward', () => {
  let fixture: Fixture;
  let fails: Error | undefined;
  let planner: { next(): Promise<void> };
  beforeAll(async () => {
    fixture = await openFixture();
  });
  afterAll(() => fixture.close());
  beforeEach(async () => {
    fails = undefined;
    await write({ state: 'RUNNING', reason: null, exhausted: false });
    planner = plannerOf(fixture.db);
  });

  const expansion = partOf<Expansion>({
    planOf: async () => {
      if (fails) throw fails;
      return {};
    },
    advance: async () => false,
  });
  const plannerOf = (database: Database) =>
    new (class extends Planner {
      next = () => this.round();
      protected override readonly logger = partOf<Planner['logger']>({ warn: () => undefined });
    })(database, partOf<Notifications>({}), expansion);
  const write = (data: object) => fixture.db.sweep.update({ where: { id: fixture.sweepId }, data });
  const steered = () =>
    fixture.db.sweep.findUnique({ where: { id: fixture.sweepId }, select: { state: true, reason: true } });
  const away = new ProblemError('unavailable', 'The bytes of the adapter wise cannot be read');
  const waits = 'cannot go on for now, and is tried again: The bytes of the adapter wise cannot be read';

  it('says why while a file is away, and no more once it is back', async () => {
    fails = away;
    await planner.next();
    expect(await steered()).toEqual({ state: 'RUNNING', reason: waits });
    fails = undefined;
    await planner.next();
    expect(await steered()).toEqual({ state: 'RUNNING', reason: null });
  });

  it('says so again after it was paused and resumed', async () => {
    fails = away;
    await planner.next();
    await write({ reason: null });
    await planner.next();
    expect(await steered()).toEqual({ state: 'RUNNING', reason: waits });
  });

  it('names the log where the fault is of the API, and shows nothing of it', async () => {
    fails = new TypeError('undefined is not a function');
    await planner.next();
    const reason = 'cannot go on for now, and is tried again: something went wrong in the API, and its log says what';
    expect(await steered()).toEqual({ state: 'RUNNING', reason });
  });

  it('keeps the reason of a pause', async () => {
    await write({ reason: waits });
    fails = new ProblemError('validation', '/generator: unknown generator');
    await planner.next();
    expect(await steered()).toEqual({
      state: 'PAUSED',
      reason: 'no further trial can be created: /generator: unknown generator',
    });
  });

  it('loses its reason as it completes, however the API ends after that', async () => {
    await write({ reason: waits, exhausted: true });
    const ended = new Error('the API was killed');
    const ending = fixture.db.$extends({ query: { sweep: { updateMany: () => Promise.reject(ended) } } });
    await plannerOf(ending as unknown as Database)
      .next()
      .catch((error) => expect(error).toBe(ended));
    expect(await steered()).toEqual({ state: 'COMPLETED', reason: null });
  });

  it('leaves no reason on a sweep that completes', async () => {
    await write({ reason: waits, exhausted: true });
    await planner.next();
    expect(await steered()).toEqual({ state: 'COMPLETED', reason: null });
  });
});

describe('a strategy that asks for more trials than a sweep may have', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await openFixture();
  });
  afterAll(() => fixture.close());

  it('ends the sweep with the trials that it has, and is asked no more', async () => {
    const proposal = { point: { method: 0, values: {} }, seed: 0 };
    const endless = partOf<SweepPlan>({
      strategy: {
        reads: 'results',
        step: () => ({
          state: null,
          create: Array(1001).fill(proposal),
          stop: [],
          remaining: { trainings: 1, steps: 1 },
        }),
      },
      space: { seeds: [0] },
      budgets: Array(100).fill({ memoryBudgetMiB: 64 }),
      objective: { metric: 'loss' },
    });
    const sweep = partOf<ExpandingSweep>({ id: fixture.sweepId, generation: 0 });
    const expansion = new Expansion(partOf<Catalog>({}), partOf<SweepPlanner>({}));
    expect(await expansion.advance(fixture.db, endless, sweep)).toBe(false);
    const found = await fixture.db.sweep.findUnique({ where: { id: fixture.sweepId }, include: { trials: true } });
    expect(found).toMatchObject({ exhausted: true, uncreated: 0, trials: [] });
  });
});
