import type { Database } from '@rankforge/db';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Notifications } from '../src/platform/notifications.js';
import type { Expansion } from '../src/scheduling/expansion.js';
import { Planner } from '../src/scheduling/planner.js';

/** A planner whose sweeps go forward by being named, but for those that fail. */
class NamingPlanner extends Planner {
  readonly failing = new Map<string, Error>();
  advanced: string[] = [];
  readonly logged: { sweepId: string }[] = [];

  constructor(running: readonly string[]) {
    const database = { $queryRaw: async () => [], sweep: { findMany: async () => running.map((id) => ({ id })) } };
    super(database as unknown as Database, {} as Notifications, {} as Expansion);
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
