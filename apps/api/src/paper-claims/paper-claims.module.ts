import { Module } from '@nestjs/common';
import { LeaderboardModule } from '../leaderboard/leaderboard.module.js';
import { PaperClaimsController } from './paper-claims.controller.js';

@Module({
  imports: [LeaderboardModule],
  controllers: [PaperClaimsController],
})
export class PaperClaimsModule {}
