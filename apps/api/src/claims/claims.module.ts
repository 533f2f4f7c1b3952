import { Module } from '@nestjs/common';
import { LeaderboardModule } from '../leaderboard/leaderboard.module.js';
import { ClaimsController } from './claims.controller.js';
import { ClaimsService } from './claims.service.js';

@Module({ imports: [LeaderboardModule], controllers: [ClaimsController], providers: [ClaimsService] })
export class ClaimsModule {}
