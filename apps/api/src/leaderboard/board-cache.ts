import type { Leaderboard } from '@rankforge/contracts';
import type { Sql } from '../platform/database.js';

/** Which trials a board is made of. */
export interface BoardScope {
  projectId: string;
  task: string;
  base: string;
}

interface Entry {
  /** Snapshot of PostgreSQL from before the data of the board was read. */
  snapshot: string;
  board: Leaderboard;
}

const kept = 64;

/**
 * Boards as they were made last. Whatever changes a board writes an event in the same transaction, so a board is current
 * exactly while every event of its scope is visible in the snapshot it was made behind; the order in which transactions
 * commit does not matter.
 */
export class BoardCache {
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly sql: Sql) {}

  /** @param key of the board's query within its scope */
  async get(key: string, scope: BoardScope, make: () => Promise<Leaderboard>): Promise<Leaderboard> {
    const known = this.entries.get(key);
    if (known && (await this.isCurrent(known, scope))) return known.board;
    const [now] = await this.sql.$queryRaw<{ snapshot: string }[]>`SELECT pg_current_snapshot()::text AS "snapshot"`;
    const board = await make();
    this.entries.delete(key);
    this.entries.set(key, { snapshot: now!.snapshot, board });
    const [oldest] = this.entries.keys();
    if (this.entries.size > kept) this.entries.delete(oldest!);
    return board;
  }

  private async isCurrent({ snapshot }: Entry, { projectId, task, base }: BoardScope): Promise<boolean> {
    const [found] = await this.sql.$queryRaw<{ changed: boolean }[]>`
      SELECT EXISTS (
        SELECT 1 FROM "Event" e JOIN "Sweep" s ON s."id" = e."sweepId"
        WHERE e."xact" >= pg_snapshot_xmin(${snapshot}::pg_snapshot)
          AND NOT pg_visible_in_snapshot(e."xact", ${snapshot}::pg_snapshot)
          AND s."projectId" = ${projectId}::uuid AND s."task" = ${task} AND s."base" = ${base}) AS "changed"`;
    return !found!.changed;
  }
}
