import { Module } from '@nestjs/common';
import { Registry } from 'prom-client';
import { ArtifactsModule } from '../artifacts/artifacts.module.js';
import { EventsModule } from '../events/events.module.js';
import { MetricsController } from './metrics.controller.js';
import { PlatformMetrics } from './platform-metrics.js';
import { REGISTRY } from './registry.js';

@Module({
  imports: [ArtifactsModule, EventsModule],
  controllers: [MetricsController],
  providers: [PlatformMetrics, { provide: REGISTRY, useFactory: () => new Registry() }],
  exports: [REGISTRY],
})
export class MetricsModule {}
