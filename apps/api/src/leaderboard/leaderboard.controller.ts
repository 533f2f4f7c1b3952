import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Leaderboard, LeaderboardQuery } from '@rankforge/contracts';
import type { Database } from '@rankforge/db';
import { Catalog } from '../catalog/catalog.js';
import { DATABASE } from '../platform/database.js';
import { invalid } from '../platform/http/problem.js';
import { readBoardData } from './board-trials.js';
import { buildBoard } from './build-board.js';

@ApiTags('leaderboard')
@Controller('v1/leaderboard')
export class LeaderboardController {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly catalog: Catalog,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Who wins on a task and base, by how much, and whether the difference is real' })
  @ApiOkResponse({ standardSchema: Leaderboard })
  async read(@Query({ schema: LeaderboardQuery }) query: LeaderboardQuery): Promise<Leaderboard> {
    const task = this.catalog.task(query.task);
    const base = this.catalog.base(query.base);
    if (!task || !base) {
      throw invalid([
        ...(task ? [] : [{ path: '/task', message: `unknown task; known: ${this.catalog.taskNames.join(', ')}` }]),
        ...(base
          ? []
          : [{ path: '/base', message: `unknown base model; known: ${this.catalog.baseNames.join(', ')}` }]),
      ]);
    }
    return buildBoard(query, task, await readBoardData(this.database, query));
  }
}
