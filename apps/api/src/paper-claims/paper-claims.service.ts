import { Inject, Injectable } from '@nestjs/common';
import type { Leaderboard, PaperClaimEvidence, PaperClaimList, PaperClaimView, SweepKind } from '@rankforge/contracts';
import type { Database } from '@rankforge/db';
import { methods, optimizers, type PaperClaim } from '@rankforge/peft';
import { BoardsService } from '../leaderboard/boards.service.js';
import { DATABASE } from '../platform/database.js';
import { ProblemError } from '../platform/http/problem.js';
import { contenders, judge, overall } from './judge.js';

const alpha = 0.05;

interface Source {
  of: 'method' | 'optimizer';
  name: string;
  title: string;
  paper: boolean;
  paperClaims: readonly PaperClaim[];
}

/** What the records of methods and optimizers say that their papers found, held against the boards of a project. */
@Injectable()
export class PaperClaimsService {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly boards: BoardsService,
  ) {}

  async list(projectId: string): Promise<PaperClaimList> {
    const sources = [
      ...methods.map((method) => source('method', method)),
      ...optimizers.map((optimizer) => source('optimizer', optimizer)),
    ];
    const boards = await this.read(projectId);
    const judged = sources.flatMap(({ of, name, title, paperClaims }) =>
      paperClaims.map((paperClaim) => {
        const compare = contenders(of, name, paperClaim);
        const found = compare
          ? boards.filter(({ kind }) => kind === compare.kind).flatMap((board) => judge(board, compare) ?? [])
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

  /** Boards of this installation; one whose base or data set is gone says nothing any more. */
  private async read(projectId: string): Promise<Leaderboard[]> {
    const listed = (await this.boards.list(projectId)).filter(({ published }) => !published);
    const read = await Promise.all(
      listed.map(({ task, base, kind }: { task: string; base: string; kind: SweepKind }) =>
        this.boards.read({ task, base, kind, by: 'method' }, projectId).catch((error: unknown) => {
          if (error instanceof ProblemError) return undefined;
          throw error;
        }),
      ),
    );
    return read.flatMap((board) => board ?? []);
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
