import { Module } from '@nestjs/common';
import { ExperimentsController } from './experiments.controller.js';
import { PublishedController } from './published.controller.js';
import { PublishedService } from './published.service.js';

@Module({
  controllers: [PublishedController, ExperimentsController],
  providers: [PublishedService],
  exports: [PublishedService],
})
export class PublishedModule {}
