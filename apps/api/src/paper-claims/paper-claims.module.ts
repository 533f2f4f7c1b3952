import { Module } from '@nestjs/common';
import { LeaderboardModule } from '../leaderboard/leaderboard.module.js';
import { PaperClaimsController } from './paper-claims.controller.js';
import { PaperClaimsService } from './paper-claims.service.js';

@Module({ imports: [LeaderboardModule], controllers: [PaperClaimsController], providers: [PaperClaimsService] })
export class PaperClaimsModule {}
