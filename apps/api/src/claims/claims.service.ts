import { Inject, Injectable } from '@nestjs/common';
import type { ClaimEvidence, ClaimList, ClaimView, Leaderboard, SweepKind } from '@rankforge/contracts';
import type { Database } from '@rankforge/db';
import { type Claim, methods, optimizers } from '@rankforge/peft';
import { BoardsService } from '../leaderboard/boards.service.js';
import { DATABASE } from '../platform/database.js';
import { ProblemError } from '../platform/http/problem.js';
import { contenders, judge, overall } from './judge.js';

const alpha = 0.05;

interface Claimant {
  of: 'method' | 'optimizer';
  name: string;
  title: string;
  paper: boolean;
  claims: readonly Claim[];
}

/** What the records of methods and optimizers claim, held against the boards of a project. */
@Injectable()
export class ClaimsService {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly boards: BoardsService,
  ) {}

  async list(projectId: string): Promise<ClaimList> {
    const claimants = [
      ...methods.map((method) => claimant('method', method)),
      ...optimizers.map((optimizer) => claimant('optimizer', optimizer)),
    ];
    const boards = await this.read(projectId);
    const judged = claimants.flatMap(({ of, name, title, claims }) =>
      claims.map((claim) => {
        const compare = contenders(of, name, claim);
        const found = compare
          ? boards.filter(({ kind }) => kind === compare.kind).flatMap((board) => judge(board, compare) ?? [])
          : [];
        const { text, source, untold = null } = claim;
        return { of, name, title, text, source, compare, untold, found };
      }),
    );
    const sweeps = await this.sweepsOf(judged.flatMap(({ found }) => found.flatMap(({ trialIds }) => trialIds)));
    return {
      claims: judged.map(({ found, ...claim }): ClaimView => {
        const evidence = found.map(
          ({ trialIds, ...one }): ClaimEvidence => ({
            ...one,
            sweepIds: [...new Set(trialIds.map((id) => sweeps.get(id)!))],
          }),
        );
        return { ...claim, verdict: overall(evidence), evidence };
      }),
      without: claimants.filter(({ paper, claims }) => paper && claims.length === 0).map(({ name }) => name),
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

function claimant(
  of: Claimant['of'],
  { name, title, paper, claims = [] }: { name: string; title: string; paper?: unknown; claims?: readonly Claim[] },
): Claimant {
  return { of, name, title, paper: paper !== undefined, claims };
}
