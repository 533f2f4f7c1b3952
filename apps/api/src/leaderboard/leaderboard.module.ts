import { Module } from '@nestjs/common';
import { CatalogModule } from '../catalog/catalog.module.js';
import { LeaderboardController } from './leaderboard.controller.js';

@Module({ imports: [CatalogModule], controllers: [LeaderboardController] })
export class LeaderboardModule {}
