import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Param,
  Patch,
  Post,
  Query,
  Req,
  Res,
  type StreamableFile,
} from '@nestjs/common';
import { ApiCreatedResponse, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  ChangePriority,
  ChangeSweep,
  CreateSweep,
  CurvesQuery,
  ExtendSweep,
  HistoryReport,
  Id,
  IdempotencyKey,
  SettingsQuery,
  SweepActionResult,
  SweepCurves,
  SweepDependencies,
  SweepDetail,
  SweepPage,
  SweepPreview,
  SweepQuery,
  SweepRemoval,
  SweepReportQuery,
  SweepSettings,
  SweepTagList,
} from '@rankforge/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Caller, CallerOf, Needs } from '../access/access.js';
import { OfProject } from '../access/of-project.js';
import { Audited } from '../audit/audited.js';
import type { Computed } from '../platform/computation.js';
import { Computing } from '../platform/computing.js';
import { attachment } from '../platform/http/download-body.js';
import { fieldErrors } from '../platform/http/issues.js';
import { invalid } from '../platform/http/problem.js';
import { whileClientWaits } from '../uploads/client-gone.js';
import { curvesComputation, previewComputation, reportComputation, settingsComputation } from './computations.js';
import { SweepCreator } from './create-sweep.js';
import { SweepDependencyReader } from './dependencies.js';
import { SweepExtender } from './extend-sweep.js';
import { TiedExtender } from './extend-tied.js';
import { SweepLabels } from './label-sweep.js';
import { SweepRemover } from './remove-sweep.js';
import type { SweepReport } from './report/sweep-reporter.js';
import { SweepSteering } from './steer-sweep.js';
import { SweepsService } from './sweeps.service.js';

const idempotencyHeader = {
  name: 'Idempotency-Key',
  required: false,
  description: 'The same request under the same key makes one sweep; another request under it is refused.',
};

@ApiTags('sweeps')
@OfProject('sweep')
@Controller('v1/sweeps')
export class SweepsController {
  constructor(
    private readonly sweeps: SweepsService,
    private readonly creator: SweepCreator,
    private readonly computing: Computing,
    private readonly steering: SweepSteering,
    private readonly labels: SweepLabels,
    private readonly extender: SweepExtender,
    private readonly tiedExtender: TiedExtender,
    private readonly dependencyReader: SweepDependencyReader,
    private readonly remover: SweepRemover,
  ) {}

  @Post()
  @Needs('submitter')
  @Audited('sweep.create')
  @ApiOperation({ summary: 'Create a sweep and queue its trials' })
  @ApiHeader(idempotencyHeader)
  @ApiCreatedResponse({ standardSchema: SweepDetail })
  async create(
    @Body({ schema: CreateSweep }) request: CreateSweep,
    @Headers('idempotency-key') idempotencyKey: string | undefined,
    @CallerOf() caller: Caller,
    @Req() { body }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SweepDetail> {
    const asked = body as object;
    const made = await this.creator.create(request, caller, { key: checkedKey(idempotencyKey), asked });
    tellOf(made, reply);
    return this.sweeps.get(made.id);
  }

  @Post('preview')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Preview a sweep: what would run, what would not fit and why, and what is known; nothing is written',
  })
  @ApiOkResponse({ standardSchema: SweepPreview })
  preview(
    @Body({ schema: CreateSweep }) request: CreateSweep,
    @CallerOf() { project: { id: projectId } }: Caller,
    @Req() raw: FastifyRequest,
  ): Promise<Computed> {
    return whileClientWaits(raw, (signal) =>
      this.computing.ask(previewComputation, { request, projectId }, { owner: projectId, signal }),
    );
  }

  @Get()
  @ApiOperation({ summary: 'Sweeps, newest first' })
  @ApiOkResponse({ standardSchema: SweepPage })
  list(@Query({ schema: SweepQuery }) query: SweepQuery, @CallerOf() { project }: Caller): Promise<SweepPage> {
    return this.sweeps.list(query, project.id);
  }

  @Get('tags')
  @ApiOperation({ summary: 'Tags of sweeps, the most used ones first' })
  @ApiOkResponse({ standardSchema: SweepTagList })
  tags(@CallerOf() { project }: Caller): Promise<SweepTagList> {
    return this.labels.list(project.id);
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
    @Param('id', { schema: Id }) sweepId: string,
    @Query({ schema: CurvesQuery }) query: CurvesQuery,
    @CallerOf() { project }: Caller,
    @Req() raw: FastifyRequest,
  ): Promise<Computed> {
    return whileClientWaits(raw, (signal) =>
      this.computing.ask(curvesComputation, { sweepId, query }, { owner: project.id, signal }),
    );
  }

  @Get(':id/settings')
  @ApiOperation({
    summary:
      'Effect of its settings on validation: the score of each configuration, and how much each setting mattered',
  })
  @ApiOkResponse({ standardSchema: SweepSettings })
  async settings(
    @Param('id', { schema: Id }) sweepId: string,
    @Query({ schema: SettingsQuery }) query: SettingsQuery,
    @Req() raw: FastifyRequest,
    @CallerOf() { project }: Caller,
  ): Promise<Computed> {
    const keeping = await this.sweeps.keeping(sweepId);
    return whileClientWaits(raw, (signal) =>
      this.computing.ask(settingsComputation, { sweepId, query }, { owner: project.id, signal }, keeping),
    );
  }

  @Get(':id/dependencies')
  @ApiOperation({ summary: 'Sweeps whose models this one starts from, and those that start from its own' })
  @ApiOkResponse({ standardSchema: SweepDependencies })
  dependencies(@Param('id', { schema: Id }) id: string): Promise<SweepDependencies> {
    return this.dependencyReader.read(id);
  }

  @Get(':id/report')
  @ApiOperation({ summary: 'A report of a sweep as one file, for people who have no key' })
  @ApiOkResponse({
    content: {
      'text/html': { schema: { type: 'string' } },
      'text/markdown': { schema: { type: 'string' } },
    },
  })
  async report(
    @Param('id', { schema: Id }) id: string,
    @Query({ schema: SweepReportQuery }) { format }: SweepReportQuery,
    @CallerOf() { project: { id: projectId } }: Caller,
    @Req() raw: FastifyRequest,
  ): Promise<StreamableFile> {
    const { bytes, facts } = await whileClientWaits(raw, (signal) =>
      this.computing.ask(reportComputation, { sweepId: id, format, projectId }, { owner: projectId, signal }),
    );
    const { name, type } = facts as Omit<SweepReport, 'text'>;
    return attachment(bytes, name, type);
  }

  @Get(':id/history')
  @ApiOperation({ summary: 'Whether the log, attempts and metrics of a sweep agree: nothing lost, nothing done twice' })
  @ApiOkResponse({ standardSchema: HistoryReport })
  history(@Param('id', { schema: Id }) id: string): Promise<HistoryReport> {
    return this.sweeps.history(id);
  }

  @Patch(':id')
  @Needs('submitter')
  @Audited('sweep.change')
  @ApiOperation({
    summary: 'Change name, tags and note of a sweep in any state; nothing that is computed depends on them',
  })
  @ApiOkResponse({ standardSchema: SweepActionResult })
  async change(
    @Param('id', { schema: Id }) id: string,
    @Body({ schema: ChangeSweep }) change: ChangeSweep,
  ): Promise<SweepActionResult> {
    return this.after(id, await this.labels.change(id, change));
  }

  @Post(':id/cancel')
  @Needs('submitter')
  @HttpCode(200)
  @Audited('sweep.cancel')
  @ApiOperation({ summary: 'End every trial that has not ended' })
  @ApiOkResponse({ standardSchema: SweepActionResult })
  async cancel(@Param('id', { schema: Id }) id: string): Promise<SweepActionResult> {
    return this.after(id, await this.steering.cancel(id));
  }

  @Post(':id/pause')
  @Needs('submitter')
  @HttpCode(200)
  @Audited('sweep.pause')
  @ApiOperation({ summary: 'Start no further trial' })
  @ApiOkResponse({ standardSchema: SweepActionResult })
  async pause(@Param('id', { schema: Id }) id: string): Promise<SweepActionResult> {
    return this.after(id, await this.steering.pause(id));
  }

  @Post(':id/resume')
  @Needs('submitter')
  @HttpCode(200)
  @Audited('sweep.resume')
  @ApiOperation({ summary: 'Go on after a pause' })
  @ApiOkResponse({ standardSchema: SweepActionResult })
  async resume(@Param('id', { schema: Id }) id: string): Promise<SweepActionResult> {
    return this.after(id, await this.steering.resume(id));
  }

  @Post(':id/priority')
  @Needs('submitter')
  @HttpCode(200)
  @Audited('sweep.priority')
  @ApiOperation({ summary: 'Run what has not started sooner, or later, than other sweeps' })
  @ApiOkResponse({ standardSchema: SweepActionResult })
  async prioritize(
    @Param('id', { schema: Id }) id: string,
    @Body({ schema: ChangePriority }) { priority }: ChangePriority,
  ): Promise<SweepActionResult> {
    return this.after(id, await this.steering.prioritize(id, priority));
  }

  @Post(':id/extend')
  @Needs('submitter')
  @HttpCode(200)
  @Audited('sweep.extend')
  @ApiOperation({
    summary:
      'Add seeds, ranks, learning rates or budgets, or seeds for what its board has tied; what is known is not run again',
  })
  @ApiOkResponse({ standardSchema: SweepActionResult })
  async extend(
    @Param('id', { schema: Id }) id: string,
    @Body({ schema: ExtendSweep }) { tied, ...more }: ExtendSweep,
    @CallerOf() { keyId }: Caller,
    @Req() raw: FastifyRequest,
  ): Promise<SweepActionResult> {
    const added = await (tied
      ? whileClientWaits(raw, (signal) => this.tiedExtender.extend(id, tied, { keyId, signal }))
      : this.extender.extend(id, more, keyId));
    return this.after(id, added);
  }

  @Post(':id/retry-failed')
  @Needs('submitter')
  @HttpCode(200)
  @Audited('sweep.retry')
  @ApiOperation({ summary: 'Queue failed trials again' })
  @ApiOkResponse({ standardSchema: SweepActionResult })
  async retryFailed(@Param('id', { schema: Id }) id: string): Promise<SweepActionResult> {
    return this.after(id, await this.steering.retryFailed(id));
  }

  @Post(':id/clone')
  @Needs('submitter')
  @Audited('sweep.clone')
  @ApiOperation({ summary: 'Create a sweep from the request of this one' })
  @ApiHeader(idempotencyHeader)
  @ApiCreatedResponse({ standardSchema: SweepActionResult })
  async clone(
    @Param('id', { schema: Id }) id: string,
    @Headers('idempotency-key') idempotencyKey: string | undefined,
    @CallerOf() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SweepActionResult> {
    const key = checkedKey(idempotencyKey);
    const { spec, tags } = await this.sweeps.get(id);
    // The request is for a clone of this sweep, even where that was extended meanwhile.
    const made = await this.creator.create({ ...spec, tags }, caller, { key, asked: { clone: id } });
    tellOf(made, reply);
    return this.after(made.id, made.replayed ? 0 : 1);
  }

  @Get(':id/removal')
  @ApiOperation({ summary: 'What a removal of the sweep would free, what would stay, and what stands in its way' })
  @ApiOkResponse({ standardSchema: SweepRemoval })
  removal(@Param('id', { schema: Id }) id: string): Promise<SweepRemoval> {
    return this.remover.preview(id);
  }

  @Delete(':id')
  @Needs('submitter')
  @Audited('sweep.remove')
  @ApiOperation({
    summary:
      'Remove a sweep that is over and that nothing stands on, with its trials; those whose results other sweeps took stay for them',
  })
  @ApiOkResponse({ description: 'What goes, in the background', standardSchema: SweepRemoval })
  remove(@Param('id', { schema: Id }) id: string): Promise<SweepRemoval> {
    return this.remover.remove(id);
  }

  private async after(id: string, changed: number): Promise<SweepActionResult> {
    return { changed, sweep: await this.sweeps.view(id) };
  }
}

function tellOf({ id, replayed }: { id: string; replayed: boolean }, reply: FastifyReply): void {
  void reply.header('location', `/v1/sweeps/${id}`);
  if (replayed) void reply.header('idempotency-replayed', 'true');
}

function checkedKey(header: string | undefined): string | undefined {
  const parsed = IdempotencyKey.optional().safeParse(header);
  if (!parsed.success) throw invalid(fieldErrors(parsed.error.issues, ['idempotency-key']));
  return parsed.data;
}
