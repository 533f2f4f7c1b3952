import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { BoardList, Leaderboard, LeaderboardQuery } from '@rankforge/contracts';
import type { Database } from '@rankforge/db';
import { Catalog } from '../catalog/catalog.js';
import { DATABASE } from '../platform/database.js';
import { invalid } from '../platform/http/problem.js';
import { peftComparison } from '../published/peft-comparison.js';
import { PublishedService } from '../published/published.service.js';
import { publishedBoard } from '../published/published-board.js';
import { readBoardData } from './board-trials.js';
import { buildBoard } from './build-board.js';

@ApiTags('leaderboard')
@Controller('v1')
export class LeaderboardController {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly catalog: Catalog,
    private readonly published: PublishedService,
  ) {}

  @Get('leaderboard')
  @ApiOperation({ summary: 'Who wins on a task and base, by how much, and whether the difference is real' })
  @ApiOkResponse({ standardSchema: Leaderboard })
  async read(@Query({ schema: LeaderboardQuery }) query: LeaderboardQuery): Promise<Leaderboard> {
    const published = await this.published.runs(query.task, query.base);
    if (published) return publishedBoard(query, published);
    await this.catalog.refreshBases();
    const task = this.catalog.task(query.task);
    const base = this.catalog.base(query.base);
    if (!task || !base) {
      throw invalid([
        ...(task ? [] : [{ path: '/task', message: `unknown task; known: ${this.catalog.taskNames.join(', ')}` }]),
        ...(base ? [] : [{ path: '/base', message: this.catalog.missingBase(query.base) }]),
      ]);
    }
    return buildBoard(query, task, await readBoardData(this.database, query));
  }
  @Get('leaderboards')
  @ApiOperation({ summary: 'Boards that have something on them, ours first' })
  @ApiOkResponse({ standardSchema: BoardList })
  async list(): Promise<BoardList> {
    const [own, published] = await Promise.all([
      this.database.sweep.findMany({
        distinct: ['task', 'base'],
        select: { task: true, base: true },
        orderBy: [{ task: 'asc' }, { base: 'asc' }],
      }),
      this.published.boards(),
    ]);
    return {
      boards: [
        ...own.map((board) => ({
          ...board,
          title: this.catalog.task(board.task)?.title ?? board.task,
          published: false,
        })),
        ...published.map((board) => ({ ...board, title: peftComparison.title, published: true })),
      ],
    };
  }
}
