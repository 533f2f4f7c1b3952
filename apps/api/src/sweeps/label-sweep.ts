import { Inject, Injectable } from '@nestjs/common';
import { type ChangeSweep, type SweepTagList, tagsAtMost } from '@rankforge/contracts';
import type { Database } from '@rankforge/db';
import { DATABASE } from '../platform/database.js';
import { invalid, notFound } from '../platform/http/problem.js';

interface Labels {
  name: string;
  tags: string[];
  note: string | null;
}

/** Changes the name, the tags and the note of sweeps in any state, and lists tags. No trial depends on them. */
@Injectable()
export class SweepLabels {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /**
   * A field that the change leaves out stays.
   *
   * @returns 0 where all was so before, else 1
   * @throws ProblemError `not-found`, or `validation` where it would have too many tags
   */
  change(id: string, change: ChangeSweep): Promise<number> {
    return this.database.$transaction(async (sql) => {
      const [before] = await sql.$queryRaw<Labels[]>`
        SELECT "name", "tags", "note" FROM "Sweep" WHERE "id" = ${id}::uuid AND "removedAt" IS NULL FOR NO KEY UPDATE`;
      if (!before) throw notFound('sweep', id);
      const after = changed(before, change);
      if (JSON.stringify(after) === JSON.stringify(before)) return 0;
      await sql.sweep.update({ where: { id }, data: after });
      return 1;
    });
  }

  /** Tags of the sweeps of a project, the most used ones first. */
  async list(projectId: string): Promise<SweepTagList> {
    const tags = await this.database.$queryRaw<SweepTagList['tags']>`
      SELECT "tag", count(*)::int AS "sweeps" FROM "Sweep", unnest("tags") AS "tag"
      WHERE "projectId" = ${projectId}::uuid AND "removedAt" IS NULL
      GROUP BY "tag" ORDER BY "sweeps" DESC, "tag" LIMIT 1000`;
    return { tags };
  }
}

function changed(before: Labels, { name, note, tags, addTags = [], removeTags = [] }: ChangeSweep): Labels {
  const kept = (tags ?? [...before.tags, ...addTags]).filter((tag) => !removeTags.includes(tag));
  const distinct = [...new Set(kept)].sort();
  if (distinct.length > tagsAtMost) {
    const message = `a sweep has ${tagsAtMost} tags at most, and this one would have ${distinct.length}: remove others first`;
    throw invalid([{ path: '/addTags', message }]);
  }
  return { name: name ?? before.name, tags: distinct, note: note === undefined ? before.note : note || null };
}

/** A request without what people find its sweep by: what is computed, and what tells requests apart. */
export function withoutLabels<T extends object>(request: T): Omit<T, 'tags' | 'note'> {
  const { tags: _, note: __, ...computed } = request as T & { tags?: unknown; note?: unknown };
  return computed;
}
