import { Inject, Injectable } from '@nestjs/common';
import { alpha } from '@rankforge/boards';
import type { Leaderboard, PaperClaimEvidence, PaperClaimList, PaperClaimView } from '@rankforge/contracts';
import type { Database } from '@rankforge/db';
import { methods, optimizers, type PaperClaim } from '@rankforge/peft';
import { Catalog, parametersOf } from '../catalog/catalog.js';
import { BoardsService } from '../leaderboard/boards.service.js';
import { DATABASE } from '../platform/database.js';
import { ProblemError } from '../platform/http/problem.js';
import { contenders, judge, overall } from './judge.js';

/** The board of all ranks, and one for each rank where there are several. */
type BoardsOfRanks = [Leaderboard, ...Leaderboard[]];

interface Source {
  of: 'method' | 'optimizer';
  name: string;
  title: string;
  paper: boolean;
  paperClaims: readonly PaperClaim[];
}

/** Holds what papers found, as records of methods and optimizers say it, against the boards of a project. */
@Injectable()
export class PaperClaimsService {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly boards: BoardsService,
    private readonly catalog: Catalog,
  ) {}

  async list(projectId: string): Promise<PaperClaimList> {
    const sources = [
      ...methods.map((method) => source('method', method)),
      ...optimizers.map((optimizer) => source('optimizer', optimizer)),
    ];
    const boards = await this.read(projectId);
    const judged = sources.flatMap(({ of, name, title, paperClaims }) =>
      paperClaims.map((paperClaim) => {
        const compare = contenders(name, paperClaim);
        const found = compare
          ? boards
              .filter(([{ kind }]) => kind === compare.kind)
              .flatMap(
                (ofRanks) => judge(ofRanks, compare, paperClaim.compare!, this.parameters(ofRanks[0].base)) ?? [],
              )
          : [];
        const { text, source, untold = null } = paperClaim;
        return { of, name, title, text, source, compare, untold, found };
      }),
    );
    const sweeps = await this.sweepsOf(judged.flatMap(({ found }) => found.flatMap(({ trialIds }) => trialIds)));
    return {
      paperClaims: judged.map(({ found, ...paperClaim }): PaperClaimView => {
        const evidence = found.map(
          ({ trialIds, ...one }): PaperClaimEvidence => ({
            ...one,
            sweepIds: [...new Set(trialIds.map((id) => sweeps.get(id)!))],
          }),
        );
        return { ...paperClaim, verdict: overall(evidence), evidence };
      }),
      without: sources.filter(({ paper, paperClaims }) => paper && paperClaims.length === 0).map(({ name }) => name),
      alpha,
    };
  }

  /**
   * Boards of this installation: of each task, base and kind the one of all ranks and those of single ranks. One whose base or
   * data set is gone says nothing any more.
   */
  private async read(projectId: string): Promise<BoardsOfRanks[]> {
    const listed = (await this.boards.list(projectId)).filter(({ published }) => !published);
    const read = await Promise.all(
      listed.map(async ({ task, base, kind }) => {
        const at = (rank?: number) => this.boards.read({ task, base, kind, by: 'method', rank }, projectId);
        try {
          const whole = await at();
          const ranks = [...new Set(whole.rows.flatMap(({ rank }) => rank ?? []))].sort((a, b) => a - b);
          const single = ranks.length > 1 ? await Promise.all(ranks.map(at)) : [];
          return [whole, ...single] satisfies BoardsOfRanks;
        } catch (error) {
          if (error instanceof ProblemError) return undefined;
          throw error;
        }
      }),
    );
    return read.flatMap((boards) => (boards ? [boards] : []));
  }

  private parameters(base: string): number | null {
    const found = this.catalog.base(base);
    return found ? parametersOf(found.config) : null;
  }

  private async sweepsOf(trialIds: readonly string[]): Promise<Map<string, string>> {
    const rows = await this.database.trial.findMany({
      where: { id: { in: [...new Set(trialIds)] } },
      select: { id: true, sweepId: true },
    });
    return new Map(rows.map(({ id, sweepId }) => [id, sweepId]));
  }
}

function source(
  of: Source['of'],
  {
    name,
    title,
    paper,
    paperClaims = [],
  }: { name: string; title: string; paper?: unknown; paperClaims?: readonly PaperClaim[] },
): Source {
  return { of, name, title, paper: paper !== undefined, paperClaims };
}
