import { Module } from '@nestjs/common';
import { CatalogModule } from '../catalog/catalog.module.js';
import { SeriesKeeper } from './series-keeper.js';
import { TrialsController } from './trials.controller.js';
import { TrialsService } from './trials.service.js';

@Module({
  imports: [CatalogModule],
  controllers: [TrialsController],
  providers: [SeriesKeeper, TrialsService],
})
export class TrialsModule {}
