import { Module } from '@nestjs/common';
import { CatalogModule } from '../catalog/catalog.module.js';
import { ComparedExamplesReader } from './examples/compared-examples.js';
import { ExampleReader } from './examples/example-reader.js';
import { SeriesKeeper } from './series-keeper.js';
import { TrialsController } from './trials.controller.js';
import { TrialsService } from './trials.service.js';

@Module({
  imports: [CatalogModule],
  controllers: [TrialsController],
  providers: [ComparedExamplesReader, ExampleReader, SeriesKeeper, TrialsService],
})
export class TrialsModule {}
