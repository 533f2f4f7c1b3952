import { Module } from '@nestjs/common';
import { CatalogModule } from '../catalog/catalog.module.js';
import { LeaderboardModule } from '../leaderboard/leaderboard.module.js';
import { PaperClaimsController } from './paper-claims.controller.js';
import { PaperClaimsService } from './paper-claims.service.js';

@Module({
  imports: [CatalogModule, LeaderboardModule],
  controllers: [PaperClaimsController],
  providers: [PaperClaimsService],
})
export class PaperClaimsModule {}
