import { Module } from '@nestjs/common';
import { ArtifactCollector } from './artifact-collector.js';
import { ArtifactsController } from './artifacts.controller.js';
import { StoreMarker } from './store-marker.js';

@Module({
  controllers: [ArtifactsController],
  providers: [ArtifactCollector, StoreMarker],
  exports: [ArtifactCollector],
})
export class ArtifactsModule {}
