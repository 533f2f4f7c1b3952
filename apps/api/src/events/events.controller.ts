import { Controller, Get, Headers, Inject, Logger, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { EventQuery } from '@rankforge/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Caller, CallerOf } from '../access/access.js';
import { namedProject } from '../access/credential.js';
import type { ApiSettings } from '../platform/env.js';
import { invalid } from '../platform/http/problem.js';
import { SETTINGS } from '../platform/settings.js';
import { EventHub } from './event-hub.js';
import { parsePosition } from './event-log.js';
import { EventStream } from './event-stream.js';
import { StreamKeeper } from './stream-keeper.js';

@ApiTags('events')
@Controller('v1/events')
export class EventsController {
  private readonly logger = new Logger('events');

  constructor(
    private readonly hub: EventHub,
    private readonly keeper: StreamKeeper,
    @Inject(SETTINGS) private readonly settings: ApiSettings,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Stream what happens, as server-sent events whose data is an Event' })
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'Go on behind this event; without it, from now on',
  })
  @ApiOkResponse({ description: 'A stream', content: { 'text/event-stream': { schema: { type: 'string' } } } })
  async stream(
    @Query({ schema: EventQuery }) { sweepId }: EventQuery,
    @CallerOf() caller: Caller,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const resumed = lastEventId ? parsePosition(lastEventId) : undefined;
    if (lastEventId && !resumed) throw invalid([{ path: '/last-event-id', message: 'expected the id of an event' }]);
    // Nothing of a stream may follow the head, so that HEAD would wait for its end.
    if (request.method === 'HEAD') return void reply.type('text/event-stream').send();
    const place = this.keeper.admit(caller, namedProject(request));
    const response = reply.raw;
    response.once('close', () => place.leave());
    // A client may leave while its key is looked up: no event tells of it again.
    if (response.destroyed) place.leave();
    const start = await this.hub.startOf(resumed);
    reply.hijack();
    if (response.destroyed) return;
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) response.setHeader(name, value);
    }
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    response.write('retry: 1000\n\n');
    const stream = new EventStream(response, start, {
      scope: { projectId: caller.project.id, sweepId },
      unsentBytes: this.settings.eventBufferBytes,
      onDrop: () => {
        this.hub.noteDrop();
        this.logger.warn({ reqId: request.id }, 'a client of events does not read and was dropped; it may resume');
      },
    });
    response.once('close', () => this.hub.forget(stream));
    place.onEnd(() => {
      this.logger.log({ reqId: request.id }, 'an event stream ended with its key or session');
      stream.revoke();
    });
    try {
      await this.hub.serve(stream);
    } catch (err) {
      this.logger.warn({ err, reqId: request.id }, 'an event stream ended early');
    }
  }
}
