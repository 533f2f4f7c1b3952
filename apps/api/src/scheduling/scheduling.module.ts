import { Module } from '@nestjs/common';
import { AdaptersModule } from '../adapters/adapters.module.js';
import { CatalogModule } from '../catalog/catalog.module.js';
import { GeneratorsModule } from '../generators/generators.module.js';
import { SweepPlanner } from '../planning/sweep-planner.js';
import { Dispatcher } from './dispatcher.js';
import { Expansion } from './expansion.js';
import { Planner } from './planner.js';
import { Reconciler } from './reconciler.js';

@Module({
  imports: [AdaptersModule, CatalogModule, GeneratorsModule],
  providers: [Dispatcher, Expansion, Planner, Reconciler, SweepPlanner],
  exports: [Expansion, Planner, SweepPlanner],
})
export class SchedulingModule {}
