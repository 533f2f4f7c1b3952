import { Module } from '@nestjs/common';
import { CatalogModule } from '../catalog/catalog.module.js';
import { ExperimentsController } from './experiments.controller.js';
import { PublishedController } from './published.controller.js';
import { PublishedService } from './published.service.js';

@Module({
  imports: [CatalogModule],
  controllers: [PublishedController, ExperimentsController],
  providers: [PublishedService],
  exports: [PublishedService],
})
export class PublishedModule {}
