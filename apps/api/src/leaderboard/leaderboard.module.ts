import { Module } from '@nestjs/common';
import { CatalogModule } from '../catalog/catalog.module.js';
import { PublishedModule } from '../published/published.module.js';
import { RunsModule } from '../runs/runs.module.js';
import { BoardKeeping } from './board-keeping.js';
import { BoardsService } from './boards.service.js';
import { LeaderboardController } from './leaderboard.controller.js';

@Module({
  imports: [CatalogModule, PublishedModule, RunsModule],
  controllers: [LeaderboardController],
  providers: [BoardKeeping, BoardsService],
  exports: [BoardKeeping],
})
export class LeaderboardModule {}
