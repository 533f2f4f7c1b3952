import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { BoardList, Leaderboard, LeaderboardQuery } from '@rankforge/contracts';
import type { Database } from '@rankforge/db';
import { Catalog } from '../catalog/catalog.js';
import { Tasks } from '../catalog/tasks.js';
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
    private readonly tasks: Tasks,
    private readonly published: PublishedService,
  ) {}

  @Get('leaderboard')
  @ApiOperation({ summary: 'Who wins on a task and base, by how much, and whether the difference is real' })
  @ApiOkResponse({ standardSchema: Leaderboard })
  async read(@Query({ schema: LeaderboardQuery }) query: LeaderboardQuery): Promise<Leaderboard> {
    const published = await this.published.runs(query.task, query.base);
    if (published) return publishedBoard(query, published);
    await this.catalog.refreshBases();
    const task = (await this.tasks.find(query.task))?.task;
    const base = this.catalog.base(query.base);
    if (!task || !base) {
      const known = await this.tasks.names();
      throw invalid([
        ...(task ? [] : [{ path: '/task', message: `unknown task; known: ${known.join(', ')}` }]),
        ...(base ? [] : [{ path: '/base', message: this.catalog.missingBase(query.base) }]),
      ]);
    }
    const metric =
      query.metric === undefined ? task.primaryMetric : task.metrics.find(({ name }) => name === query.metric);
    if (!metric) {
      const names = task.metrics.map(({ name }) => name).join(', ');
      throw invalid([{ path: '/metric', message: `${task.name} has no metric "${query.metric}"; it has ${names}` }]);
    }
    return buildBoard(query, task, metric, await readBoardData(this.database, query, metric.name));
  }
  @Get('leaderboards')
  @ApiOperation({ summary: 'Boards that have something on them, ours first' })
  @ApiOkResponse({ standardSchema: BoardList })
  async list(): Promise<BoardList> {
    const titles = new Map((await this.tasks.all()).map(({ name, title }) => [name, title]));
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
          title: titles.get(board.task) ?? board.task,
          published: false,
        })),
        ...published.map((board) => ({ ...board, title: peftComparison.title, published: true })),
      ],
    };
  }
}
