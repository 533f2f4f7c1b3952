import { Module } from '@nestjs/common';
import { CatalogModule } from '../catalog/catalog.module.js';
import { PublishedModule } from '../published/published.module.js';
import { BoardsService } from './boards.service.js';
import { LeaderboardController } from './leaderboard.controller.js';

@Module({
  imports: [CatalogModule, PublishedModule],
  controllers: [LeaderboardController],
  providers: [BoardsService],
  exports: [BoardsService],
})
export class LeaderboardModule {}
