import type { Prisma } from '@rankforge/db';
import type { Sql } from './database.js';

interface Entry<Answer> {
  /** Snapshot of PostgreSQL from before the data of the answer was read; undefined where its key says all that it depends on. */
  snapshot: string | undefined;
  answer: Answer;
  weight: number;
}

interface Kept<Answer> {
  /** Answers at most. */
  answers: number;
  /** Weight of all answers at most; one that is heavier by itself is not kept. */
  weight?: number;
  weigh?(answer: Answer): number;
}

/**
 * Answers about trials, such as boards, as they were made last. Whatever changes one writes an event in the same transaction, so an
 * answer is current exactly while every event of its scope is visible in the snapshot it was made behind; the order in which
 * transactions commit does not matter.
 */
export class SnapshotCache<Answer> {
  /** The answer that was made longest ago stands first. */
  private readonly entries = new Map<string, Entry<Answer>>();
  private weight = 0;

  constructor(
    private readonly sql: Sql,
    private readonly kept: Kept<Answer>,
  ) {}

  /**
   * @param key of the question within its scope
   * @param scope SQL: the trials of the sweep `s` count; undefined where the key says all that the answer depends on
   */
  async get(key: string, scope: Prisma.Sql | undefined, make: () => Promise<Answer>): Promise<Answer> {
    const known = await this.known(key, scope);
    if (known !== undefined) return known;
    const snapshot = scope && (await this.snapshot());
    const answer = await make();
    this.keep(key, { snapshot, answer, weight: this.kept.weigh?.(answer) ?? 0 });
    return answer;
  }

  /** The answer that is kept and current; undefined where there is none. */
  async known(key: string, scope: Prisma.Sql | undefined): Promise<Answer | undefined> {
    const entry = this.entries.get(key);
    return entry && (!scope || (await this.isCurrent(entry, scope))) ? entry.answer : undefined;
  }

  private keep(key: string, entry: Entry<Answer>): void {
    const { answers, weight = Number.POSITIVE_INFINITY } = this.kept;
    this.drop(key);
    if (entry.weight > weight) return;
    this.entries.set(key, entry);
    this.weight += entry.weight;
    for (const oldest of this.entries.keys()) {
      if (this.entries.size <= answers && this.weight <= weight) break;
      this.drop(oldest);
    }
  }

  private drop(key: string): void {
    this.weight -= this.entries.get(key)?.weight ?? 0;
    this.entries.delete(key);
  }

  private async snapshot(): Promise<string> {
    const [now] = await this.sql.$queryRaw<[{ snapshot: string }]>`SELECT pg_current_snapshot()::text AS "snapshot"`;
    return now.snapshot;
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
