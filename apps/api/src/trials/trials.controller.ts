import { Controller, Get, Param, Query, Req, type StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  AnswerPage,
  AnswersQuery,
  ComparedExamples,
  ExamplesQuery,
  Id,
  MetricQuery,
  MetricSeriesList,
  PlacesPage,
  PlacesQuery,
  TrialDetail,
  TrialExportQuery,
  TrialLog,
  TrialPage,
  TrialQuery,
  WrittenTextPage,
  WrittenTextsQuery,
} from '@rankforge/contracts';
import type { FastifyRequest } from 'fastify';
import { type Caller, CallerOf } from '../access/access.js';
import { OfProject } from '../access/of-project.js';
import { Audited } from '../audit/audited.js';
import type { Computed, Question } from '../platform/computation.js';
import { Computing } from '../platform/computing.js';
import { attachment, downloadBody } from '../platform/http/download-body.js';
import { whileClientWaits } from '../uploads/client-gone.js';
import {
  answersComputation,
  examplesComputation,
  exportComputation,
  metricsComputation,
  placesComputation,
  textsComputation,
} from './computations.js';
import { TrialsService } from './trials.service.js';

@ApiTags('trials')
@OfProject('trial')
@Controller('v1/trials')
export class TrialsController {
  constructor(
    private readonly trials: TrialsService,
    private readonly computing: Computing,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Trials, filtered and sorted, page by page' })
  @ApiOkResponse({ standardSchema: TrialPage })
  list(@Query({ schema: TrialQuery }) query: TrialQuery, @CallerOf() { project }: Caller): Promise<TrialPage> {
    return this.trials.list(query, project.id);
  }

  @Get('examples')
  @ApiOperation({ summary: 'Test examples of several trials side by side: who has which right, and where they differ' })
  @ApiOkResponse({ standardSchema: ComparedExamples })
  compareExamples(
    @Query({ schema: ExamplesQuery }) query: ExamplesQuery,
    @CallerOf() caller: Caller,
    @Req() request: FastifyRequest,
  ): Promise<Computed> {
    return this.compute(examplesComputation, { query, projectId: caller.project.id }, { caller, request });
  }

  @Get(':id')
  @ApiOperation({ summary: 'A trial with its configuration, memory, attempts and artifacts' })
  @ApiOkResponse({ standardSchema: TrialDetail })
  get(@Param('id', { schema: Id }) id: string, @CallerOf() { project }: Caller): Promise<TrialDetail> {
    return this.trials.get(id, project.id);
  }

  @Get(':id/metrics')
  @ApiOperation({ summary: 'Metric series of a trial; long ones are down-sampled, keeping extremes' })
  @ApiOkResponse({ standardSchema: MetricSeriesList })
  metrics(
    @Param('id', { schema: Id }) id: string,
    @Query({ schema: MetricQuery }) query: MetricQuery,
    @CallerOf() caller: Caller,
    @Req() request: FastifyRequest,
  ): Promise<Computed> {
    return this.compute(metricsComputation, { id, query }, { caller, request });
  }

  @Get(':id/answers')
  @ApiOperation({
    summary: 'Answers of a procedure, question by question: what was found, what was answered, and the scores',
  })
  @ApiOkResponse({ standardSchema: AnswerPage })
  answers(
    @Param('id', { schema: Id }) id: string,
    @Query({ schema: AnswersQuery }) query: AnswersQuery,
    @CallerOf() caller: Caller,
    @Req() request: FastifyRequest,
  ): Promise<Computed> {
    return this.compute(answersComputation, { id, query }, { caller, request });
  }

  @Get(':id/texts')
  @ApiOperation({ summary: 'Texts that a generator wrote for the examples of a training, and what was made of each' })
  @ApiOkResponse({ standardSchema: WrittenTextPage })
  texts(
    @Param('id', { schema: Id }) id: string,
    @Query({ schema: WrittenTextsQuery }) query: WrittenTextsQuery,
    @CallerOf() caller: Caller,
    @Req() request: FastifyRequest,
  ): Promise<Computed> {
    return this.compute(textsComputation, { id, query }, { caller, request });
  }

  @Get(':id/places')
  @ApiOperation({
    summary: 'Places of the relevant documents of each query, or of attacked documents before and after the attack',
  })
  @ApiOkResponse({ standardSchema: PlacesPage })
  places(
    @Param('id', { schema: Id }) id: string,
    @Query({ schema: PlacesQuery }) query: PlacesQuery,
    @CallerOf() caller: Caller,
    @Req() request: FastifyRequest,
  ): Promise<Computed> {
    return this.compute(placesComputation, { id, query }, { caller, request });
  }

  @Get(':id/export')
  @Audited('artifact.download')
  @ApiOperation({
    summary: 'What a trial answered, or the first rows of the orders that it made, as a file of another program',
  })
  @ApiOkResponse({
    description: 'The file',
    content: { 'application/json': { schema: { type: 'string', format: 'binary' } } },
  })
  async export(
    @Param('id', { schema: Id }) id: string,
    @Query({ schema: TrialExportQuery }) query: TrialExportQuery,
    @CallerOf() caller: Caller,
    @Req() request: FastifyRequest,
  ): Promise<StreamableFile> {
    await this.trials.export(id, query);
    const make = async () => (await this.compute(exportComputation, { id, query }, { caller, request })).bytes;
    return attachment(await downloadBody(request, make), `${id}-${query.as}.json`, 'application/json');
  }

  @Get(':id/log')
  @ApiOperation({ summary: 'The end of the log of each attempt' })
  @ApiOkResponse({ standardSchema: TrialLog })
  log(@Param('id', { schema: Id }) id: string): Promise<TrialLog> {
    return this.trials.log(id);
  }

  private compute<Asked>(
    of: Question<Asked>,
    asked: Asked,
    { caller, request }: { caller: Caller; request: FastifyRequest },
  ): Promise<Computed> {
    return whileClientWaits(request, (signal) => this.computing.ask(of, asked, { owner: caller.project.id, signal }));
  }
}
