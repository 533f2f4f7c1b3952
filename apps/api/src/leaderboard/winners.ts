import { Inject, Injectable } from '@nestjs/common';
import { type AdapterFormat, type BoardWinner, type BoardWinnerQuery, TrialSpec } from '@rankforge/contracts';
import { ArtifactStore, type Database } from '@rankforge/db';
import { loadingCode } from '@rankforge/peft';
import { formatsOf, type TrainedAdapter } from '../adapters/formats.js';
import { adapterName, baseNames } from '../adapters/names.js';
import { storedInfo } from '../adapters/stored-info.js';
import { Catalog } from '../catalog/catalog.js';
import { DATABASE } from '../platform/database.js';
import type { ApiSettings } from '../platform/env.js';
import { invalid, ProblemError } from '../platform/http/problem.js';
import { SETTINGS } from '../platform/settings.js';
import { BoardsService } from './boards.service.js';

/** A training of a row with its score on validation, and its adapter where it left one. */
interface Scored {
  id: string;
  seed: number;
  rank: number | null;
  spec: unknown;
  value: number;
  baseSha256: string | null;
  sha256: string | null;
}

/** Finds the training of a row of a board whose adapter is taken. */
@Injectable()
export class BoardWinners {
  private readonly store: ArtifactStore;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly boards: BoardsService,
    private readonly catalog: Catalog,
    @Inject(SETTINGS) { artifactDir }: ApiSettings,
  ) {
    this.store = new ArtifactStore(artifactDir);
  }

  /** @throws ProblemError where the board has no such row, or no training of it has a score on validation */
  async find({ row: place, ...query }: BoardWinnerQuery, projectId: string): Promise<BoardWinner> {
    const { rows, metric } = await this.boards.read(query, projectId);
    const row = rows[place - 1];
    if (!row) {
      const count = rows.length === 1 ? '1 row' : `${rows.length} rows`;
      throw invalid([{ path: '/row', message: `row is ${place}: the board has ${count}` }]);
    }
    const scored = await this.scored(row.trialIds, metric.name);
    const better = metric.direction === 'minimize' ? -1 : 1;
    const [best] = scored.toSorted((one, other) => better * (other.value - one.value));
    if (!best) {
      const why = [row.status, row.reason].filter(Boolean).join(': ');
      throw new ProblemError(
        'conflict',
        `Row ${place}, ${row.name}: no training of it has a score on validation (${why})`,
      );
    }
    return {
      row: place,
      name: row.name,
      trialId: best.id,
      seed: best.seed,
      seeds: scored.length,
      metric: metric.name,
      validation: best.value,
      ...(await this.leaving(best)),
    };
  }

  /** Trainings with a finite score, in the order of the row. */
  private async scored(ids: readonly string[], metric: string): Promise<Scored[]> {
    const found = await this.database.$queryRaw<Scored[]>`
      SELECT t."id", t."seed", t."rank", t."spec", (t."result"->'validation'->>${metric})::float8 AS "value", s."baseSha256",
        (SELECT a."sha256" FROM "Artifact" a WHERE a."trialId" = COALESCE(t."leaderId", t."id") AND a."kind" = 'adapter'
          ORDER BY a."step" DESC LIMIT 1) AS "sha256"
      FROM "Trial" t JOIN "Sweep" s ON s."id" = t."sweepId"
      WHERE t."id" = ANY(${[...ids]}::uuid[]) AND t."result"->'validation'->>${metric} IS NOT NULL`;
    return found.toSorted((one, other) => ids.indexOf(one.id) - ids.indexOf(other.id));
  }

  /** Formats in which its adapter can be had, and how Python loads the best of them. */
  private async leaving({
    seed,
    rank,
    spec,
    baseSha256,
    sha256,
  }: Scored): Promise<Pick<BoardWinner, 'formats' | 'python'>> {
    if (sha256 === null) return { formats: [], python: null };
    await this.catalog.refreshBases();
    const trained: TrainedAdapter = { spec: TrialSpec.parse(spec), baseSha256, sha256 };
    const formats = await formatsOf(trained, { catalog: this.catalog, store: this.store });
    const folder = adapterName({ method: trained.spec.method, rank, seed });
    return { formats, python: (await this.python(trained, formats[0], folder)) ?? null };
  }

  private async python({ spec, sha256 }: TrainedAdapter, format: AdapterFormat | undefined, folder: string) {
    const base = this.catalog.base(spec.base);
    if (!base || format === undefined || format === 'native') return undefined;
    const { baseName: name, baseRevision: revision } = baseNames(base, spec.base);
    return loadingCode(`${folder}-${format}`, {
      model: base.config,
      format,
      base: { name, revision },
      info: await storedInfo(this.store, sha256, 'this adapter'),
      chat: spec.chat && { date: spec.chat.date },
    });
  }
}
