import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  CreateSweep,
  CurvesQuery,
  HistoryReport,
  Id,
  IdempotencyKey,
  SweepActionResult,
  SweepCurves,
  SweepDetail,
  SweepPage,
  SweepPreview,
  SweepQuery,
} from '@rankforge/contracts';
import type { FastifyReply } from 'fastify';
import { type Caller, CallerOf, Needs } from '../keys/access.js';
import { fieldErrors } from '../platform/http/issues.js';
import { invalid } from '../platform/http/problem.js';
import { SweepCreator } from './create-sweep.js';
import { SweepCurveReader } from './curves.js';
import { SweepPreviewer } from './preview-sweep.js';
import { SweepSteering } from './steer-sweep.js';
import { SweepsService } from './sweeps.service.js';

@ApiTags('sweeps')
@Controller('v1/sweeps')
export class SweepsController {
  constructor(
    private readonly sweeps: SweepsService,
    private readonly creator: SweepCreator,
    private readonly previewer: SweepPreviewer,
    private readonly steering: SweepSteering,
    private readonly curveReader: SweepCurveReader,
  ) {}

  @Post()
  @Needs('submitter')
  @ApiOperation({ summary: 'Create a sweep and queue its trials' })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'The same request under the same key makes one sweep; another request under it is refused.',
  })
  @ApiCreatedResponse({ standardSchema: SweepDetail })
  async create(
    @Body({ schema: CreateSweep }) request: CreateSweep,
    @Headers('idempotency-key') idempotencyKey: string | undefined,
    @CallerOf() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SweepDetail> {
    const { id, replayed } = await this.creator.create(request, caller.keyId, checkedKey(idempotencyKey));
    void reply.header('location', `/v1/sweeps/${id}`);
    if (replayed) void reply.header('idempotency-replayed', 'true');
    return this.sweeps.get(id);
  }

  @Post('preview')
  @HttpCode(200)
  @ApiOperation({
    summary: 'What a sweep would run, what would not fit and why, and what is known; nothing is written',
  })
  @ApiOkResponse({ standardSchema: SweepPreview })
  preview(@Body({ schema: CreateSweep }) request: CreateSweep): Promise<SweepPreview> {
    return this.previewer.preview(request);
  }

  @Get()
  @ApiOperation({ summary: 'Sweeps, newest first' })
  @ApiOkResponse({ standardSchema: SweepPage })
  list(@Query({ schema: SweepQuery }) query: SweepQuery): Promise<SweepPage> {
    return this.sweeps.list(query);
  }

  @Get(':id')
  @ApiOkResponse({ standardSchema: SweepDetail })
  @ApiOperation({ summary: 'A sweep with its request' })
  get(@Param('id', { schema: Id }) id: string): Promise<SweepDetail> {
    return this.sweeps.get(id);
  }

  @Get(':id/curves')
  @ApiOperation({ summary: 'One metric of every trial, down-sampled, for an overlay' })
  @ApiOkResponse({ standardSchema: SweepCurves })
  curves(
    @Param('id', { schema: Id }) id: string,
    @Query({ schema: CurvesQuery }) query: CurvesQuery,
  ): Promise<SweepCurves> {
    return this.curveReader.read(id, query);
  }

  @Get(':id/history')
  @ApiOperation({ summary: 'Whether the log, attempts and metrics of a sweep agree: nothing lost, nothing done twice' })
  @ApiOkResponse({ standardSchema: HistoryReport })
  history(@Param('id', { schema: Id }) id: string): Promise<HistoryReport> {
    return this.sweeps.history(id);
  }

  @Post(':id/cancel')
  @Needs('submitter')
  @HttpCode(200)
  @ApiOperation({ summary: 'End every trial that has not ended' })
  @ApiOkResponse({ standardSchema: SweepActionResult })
  async cancel(@Param('id', { schema: Id }) id: string): Promise<SweepActionResult> {
    return this.after(id, await this.steering.cancel(id));
  }

  @Post(':id/pause')
  @Needs('submitter')
  @HttpCode(200)
  @ApiOperation({ summary: 'Start no further trial' })
  @ApiOkResponse({ standardSchema: SweepActionResult })
  async pause(@Param('id', { schema: Id }) id: string): Promise<SweepActionResult> {
    return this.after(id, await this.steering.pause(id));
  }

  @Post(':id/resume')
  @Needs('submitter')
  @HttpCode(200)
  @ApiOperation({ summary: 'Go on after a pause' })
  @ApiOkResponse({ standardSchema: SweepActionResult })
  async resume(@Param('id', { schema: Id }) id: string): Promise<SweepActionResult> {
    return this.after(id, await this.steering.resume(id));
  }

  @Post(':id/retry-failed')
  @Needs('submitter')
  @HttpCode(200)
  @ApiOperation({ summary: 'Queue failed trials again' })
  @ApiOkResponse({ standardSchema: SweepActionResult })
  async retryFailed(@Param('id', { schema: Id }) id: string): Promise<SweepActionResult> {
    return this.after(id, await this.steering.retryFailed(id));
  }

  @Post(':id/clone')
  @Needs('submitter')
  @ApiOperation({ summary: 'Create a sweep from the request of this one' })
  @ApiCreatedResponse({ standardSchema: SweepActionResult })
  async clone(@Param('id', { schema: Id }) id: string, @CallerOf() caller: Caller): Promise<SweepActionResult> {
    const { spec } = await this.sweeps.get(id);
    const made = await this.creator.create(spec, caller.keyId, undefined);
    return this.after(made.id, 1);
  }

  private async after(id: string, changed: number): Promise<SweepActionResult> {
    return { changed, sweep: await this.sweeps.view(id) };
  }
}

function checkedKey(header: string | undefined): string | undefined {
  const parsed = IdempotencyKey.optional().safeParse(header);
  if (!parsed.success) throw invalid(fieldErrors(parsed.error.issues, ['idempotency-key']));
  return parsed.data;
}
