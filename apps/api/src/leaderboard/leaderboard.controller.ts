import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  BoardList,
  BoardRecall,
  BoardWinner,
  BoardWinnerQuery,
  defaultSweepKind,
  Leaderboard,
  LeaderboardQuery,
  Standings,
  StandingsQuery,
} from '@rankforge/contracts';
import { type Caller, CallerOf } from '../access/access.js';
import { BoardsService } from './boards.service.js';
import { buildStandings } from './standings.js';
import { BoardWinners } from './winners.js';

@ApiTags('leaderboard')
@Controller('v1')
export class LeaderboardController {
  constructor(
    private readonly boards: BoardsService,
    private readonly winners: BoardWinners,
  ) {}

  @Get('leaderboard')
  @ApiOperation({ summary: 'Who wins on a task and base, by how much, and whether the difference is real' })
  @ApiOkResponse({ standardSchema: Leaderboard })
  read(@Query({ schema: LeaderboardQuery }) query: LeaderboardQuery, @CallerOf() { project }: Caller) {
    return this.boards.read(query, project.id);
  }

  @Get('leaderboard/winner')
  @ApiOperation({ summary: 'The training of the row that leads a board, or of another row, whose adapter is taken' })
  @ApiOkResponse({ standardSchema: BoardWinner })
  winner(@Query({ schema: BoardWinnerQuery }) query: BoardWinnerQuery, @CallerOf() { project }: Caller) {
    return this.winners.find(query, project.id);
  }

  @Get('leaderboard/recall')
  @ApiOperation({ summary: 'Recall of the rows of a board by rank, where the scores of their test splits kept places' })
  @ApiOkResponse({ standardSchema: BoardRecall })
  recall(@Query({ schema: LeaderboardQuery }) query: LeaderboardQuery, @CallerOf() { project }: Caller) {
    return this.boards.recall(query, project.id);
  }

  @Get('leaderboards')
  @ApiOperation({ summary: 'Boards that have a result on them, ours first' })
  @ApiOkResponse({ standardSchema: BoardList })
  async list(@CallerOf() { project }: Caller): Promise<BoardList> {
    return { boards: await this.boards.list(project.id) };
  }

  @Get('standings')
  @ApiOperation({ summary: 'Who ranks best over all boards of this installation, and what of it is more than chance' })
  @ApiOkResponse({ standardSchema: Standings })
  async standings(
    @Query({ schema: StandingsQuery }) { base, ...limits }: StandingsQuery,
    @CallerOf() { project }: Caller,
  ): Promise<Standings> {
    const listed = (await this.boards.list(project.id)).filter(
      (board) => !board.published && board.kind === defaultSweepKind && (base === undefined || board.base === base),
    );
    const boards = await Promise.all(
      listed.map(async ({ task, base: on, title }) => ({
        ...(await this.boards.read({ ...limits, task, base: on, kind: defaultSweepKind, by: 'method' }, project.id)),
        title,
      })),
    );
    return buildStandings(boards);
  }
}
