import type { Prisma } from '@rankforge/db';
import type { Sql } from './database.js';

interface Entry<Answer> {
  /** Snapshot of PostgreSQL from before the data of the answer was read. */
  snapshot: string;
  answer: Answer;
}

/**
 * Answers about trials, such as boards, as they were made last. Whatever changes one writes an event in the same transaction, so an
 * answer is current exactly while every event of its scope is visible in the snapshot it was made behind; the order in which
 * transactions commit does not matter.
 */
export class SnapshotCache<Answer> {
  private readonly entries = new Map<string, Entry<Answer>>();

  /** @param kept answers at most */
  constructor(
    private readonly sql: Sql,
    private readonly kept: number,
  ) {}

  /**
   * @param key of the question within its scope
   * @param scope SQL: the trials of the sweep `s` count
   */
  async get(key: string, scope: Prisma.Sql, make: () => Promise<Answer>): Promise<Answer> {
    const known = await this.known(key, scope);
    if (known !== undefined) return known;
    const [now] = await this.sql.$queryRaw<{ snapshot: string }[]>`SELECT pg_current_snapshot()::text AS "snapshot"`;
    const answer = await make();
    this.entries.delete(key);
    this.entries.set(key, { snapshot: now!.snapshot, answer });
    const [oldest] = this.entries.keys();
    if (this.entries.size > this.kept) this.entries.delete(oldest!);
    return answer;
  }

  /** The answer that is kept and current; undefined where there is none. */
  async known(key: string, scope: Prisma.Sql): Promise<Answer | undefined> {
    const entry = this.entries.get(key);
    return entry && (await this.isCurrent(entry, scope)) ? entry.answer : undefined;
  }

  private async isCurrent({ snapshot }: Entry<Answer>, scope: Prisma.Sql): Promise<boolean> {
    const [found] = await this.sql.$queryRaw<{ changed: boolean }[]>`
      SELECT EXISTS (
        SELECT 1 FROM "Event" e JOIN "Sweep" s ON s."id" = e."sweepId"
        WHERE e."xact" >= pg_snapshot_xmin(${snapshot}::pg_snapshot)
          AND NOT pg_visible_in_snapshot(e."xact", ${snapshot}::pg_snapshot) AND ${scope}) AS "changed"`;
    return !found!.changed;
  }
}
