import { Injectable } from '@nestjs/common';
import { defaultSweepKind, type Standings, type StandingsQuery } from '@rankforge/contracts';
import { BoardsService } from './boards.service.js';
import { buildStandings } from './standings.js';

/** Reads the boards of this installation side by side. */
@Injectable()
export class StandingsReader {
  constructor(private readonly boards: BoardsService) {}

  /** @throws ProblemError where a board cannot be read */
  async read({ base, ...limits }: StandingsQuery, projectId: string): Promise<Standings> {
    const listed = (await this.boards.list(projectId)).filter(
      (board) => !board.published && board.kind === defaultSweepKind && (base === undefined || board.base === base),
    );
    const boards = await Promise.all(
      listed.map(async ({ task, base: on, title }) => ({
        ...(await this.boards.read({ ...limits, task, base: on, kind: defaultSweepKind, by: 'method' }, projectId)),
        title,
      })),
    );
    return buildStandings(boards);
  }
}
