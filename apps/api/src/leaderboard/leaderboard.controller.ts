import { Controller, Get, Query, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  BoardList,
  BoardRecall,
  BoardWinner,
  BoardWinnerQuery,
  Leaderboard,
  LeaderboardQuery,
  Standings,
  StandingsQuery,
} from '@rankforge/contracts';
import type { FastifyRequest } from 'fastify';
import { type Caller, CallerOf } from '../access/access.js';
import type { Computed } from '../platform/computation.js';
import { Computing } from '../platform/computing.js';
import { whileClientWaits } from '../uploads/client-gone.js';
import { BoardKeeping } from './board-keeping.js';
import { BoardsService } from './boards.service.js';
import { boardComputation, recallComputation, standingsComputation, winnerComputation } from './computations.js';

@ApiTags('leaderboard')
@Controller('v1')
export class LeaderboardController {
  constructor(
    private readonly boards: BoardsService,
    private readonly computing: Computing,
    private readonly keeping: BoardKeeping,
  ) {}

  @Get('leaderboard')
  @ApiOperation({ summary: 'Who wins on a task and base, by how much, and whether the difference is real' })
  @ApiOkResponse({ standardSchema: Leaderboard })
  async read(
    @Query({ schema: LeaderboardQuery }) query: LeaderboardQuery,
    @CallerOf() { project: { id: projectId } }: Caller,
    @Req() request: FastifyRequest,
  ): Promise<Computed> {
    const keeping = await this.keeping.ofBoard(query, projectId);
    return whileClientWaits(request, (signal) =>
      this.computing.ask(boardComputation, { query, projectId }, { owner: projectId, signal }, keeping),
    );
  }

  @Get('leaderboard/winner')
  @ApiOperation({ summary: 'The training of the row that leads a board, or of another row, whose adapter is taken' })
  @ApiOkResponse({ standardSchema: BoardWinner })
  winner(
    @Query({ schema: BoardWinnerQuery }) query: BoardWinnerQuery,
    @CallerOf() { project: { id: projectId } }: Caller,
    @Req() request: FastifyRequest,
  ): Promise<Computed> {
    return whileClientWaits(request, (signal) =>
      this.computing.ask(winnerComputation, { query, projectId }, { owner: projectId, signal }),
    );
  }

  @Get('leaderboard/recall')
  @ApiOperation({ summary: 'Recall of the rows of a board by rank, where the scores of their test splits kept places' })
  @ApiOkResponse({ standardSchema: BoardRecall })
  recall(
    @Query({ schema: LeaderboardQuery }) query: LeaderboardQuery,
    @CallerOf() { project: { id: projectId } }: Caller,
    @Req() request: FastifyRequest,
  ): Promise<Computed> {
    return whileClientWaits(request, (signal) =>
      this.computing.ask(recallComputation, { query, projectId }, { owner: projectId, signal }),
    );
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
    @Query({ schema: StandingsQuery }) query: StandingsQuery,
    @CallerOf() { project: { id: projectId } }: Caller,
    @Req() request: FastifyRequest,
  ): Promise<Computed> {
    const keeping = await this.keeping.ofProject(projectId);
    return whileClientWaits(request, (signal) =>
      this.computing.ask(standingsComputation, { query, projectId }, { owner: projectId, signal }, keeping),
    );
  }
}
