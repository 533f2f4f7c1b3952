import { Module } from '@nestjs/common';
import { Registry } from 'prom-client';
import { EventsModule } from '../events/events.module.js';
import { MetricsController } from './metrics.controller.js';
import { PlatformMetrics } from './platform-metrics.js';
import { REGISTRY } from './registry.js';

@Module({
  imports: [EventsModule],
  controllers: [MetricsController],
  providers: [PlatformMetrics, { provide: REGISTRY, useFactory: () => new Registry() }],
  exports: [REGISTRY],
})
export class MetricsModule {}
