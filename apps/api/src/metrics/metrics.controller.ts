import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { type Caller, CallerOf } from '../access/access.js';
import { ArtifactCollector } from '../artifacts/artifact-collector.js';
import { EventHub } from '../events/event-hub.js';
import { PlatformMetrics } from './platform-metrics.js';
import { REGISTRY } from './registry.js';

@ApiTags('metrics')
@Controller('metrics')
export class MetricsController {
  private readonly refresh: () => Promise<void>;

  constructor(
    @Inject(REGISTRY) private readonly registry: Registry,
    private readonly platform: PlatformMetrics,
    hub: EventHub,
    collector: ArtifactCollector,
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
    new Counter({
      name: 'rankforge_event_stream_drops_total',
      help: 'Clients that were dropped since they did not read what was sent',
      registers: [registry],
      collect() {
        this.reset();
        this.inc(hub.dropped);
      },
    });
    const collected = (name: string, help: string, read: () => number) =>
      new Counter({
        name: `rankforge_artifacts_${name}`,
        help,
        registers: [registry],
        collect() {
          this.reset();
          this.inc(read());
        },
      });
    collected('collected_total', 'Stored files removed that nothing referred to', () => collector.total.files);
    collected('collected_bytes_total', 'Bytes of the files removed', () => collector.total.bytes);
    this.refresh = platform.register(registry);
  }

  @Get()
  @ApiOperation({
    summary:
      "Series for Prometheus: those of the key's project; of the installation for its metrics token or an admin of it",
  })
  @ApiOkResponse({ content: { 'text/plain': { schema: { type: 'string' } } } })
  async read(@CallerOf() caller: Caller, @Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    if (!caller.installation) return this.readOf(caller.project.id, reply);
    await this.refresh();
    void reply.type(this.registry.contentType);
    return this.registry.metrics();
  }

  private async readOf(projectId: string, reply: FastifyReply): Promise<string> {
    const registry = new Registry();
    await this.platform.register(registry, projectId)();
    void reply.type(registry.contentType);
    return registry.metrics();
  }
}
