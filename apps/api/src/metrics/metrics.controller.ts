import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { EventHub } from '../events/event-hub.js';
import { PlatformMetrics } from './platform-metrics.js';
import { REGISTRY } from './registry.js';

@ApiTags('metrics')
@Controller('metrics')
export class MetricsController {
  private readonly refresh: () => Promise<void>;

  constructor(
    @Inject(REGISTRY) private readonly registry: Registry,
    platform: PlatformMetrics,
    hub: EventHub,
  ) {
    collectDefaultMetrics({ register: registry, prefix: 'rankforge_' });
    new Gauge({
      name: 'rankforge_event_stream_clients',
      help: 'Clients of this process that follow events',
      registers: [registry],
      collect() {
        this.set(hub.clients);
      },
    });
    this.refresh = platform.register(registry);
  }

  @Get()
  @ApiOperation({ summary: 'Series for Prometheus; scraped with a bearer key of role viewer' })
  @ApiOkResponse({ content: { 'text/plain': { schema: { type: 'string' } } } })
  async read(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    await this.refresh();
    void reply.type(this.registry.contentType);
    return this.registry.metrics();
  }
}
