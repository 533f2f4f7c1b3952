import { Controller, Delete, Get, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  CreateDataset,
  DatasetInspection,
  DatasetList,
  DatasetPreview,
  DatasetRows,
  DatasetRowsQuery,
  DatasetView,
  Id,
  InspectDataset,
} from '@rankforge/contracts';
import type { Database } from '@rankforge/db';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Caller, CallerOf, Needs } from '../access/access.js';
import { OfProject } from '../access/of-project.js';
import { Audited } from '../audit/audited.js';
import type { Computed } from '../platform/computation.js';
import { Computing } from '../platform/computing.js';
import { DATABASE } from '../platform/database.js';
import type { ApiSettings } from '../platform/env.js';
import { SETTINGS } from '../platform/settings.js';
import { refuseFullStored } from '../projects/stored-quota.js';
import { whileClientWaits } from '../uploads/client-gone.js';
import { Uploads } from '../uploads/uploads.js';
import { datasetsComputation } from './dataset-list.js';
import { DatasetsService } from './datasets.service.js';
import { withUpload } from './upload.js';

/** A form with the request and a file, or the request alone where it names a path. */
function body(component: string) {
  const spec = { $ref: `#/components/schemas/${component}` };
  const form = { type: 'object' as const, required: ['spec', 'file'] };
  const file = { type: 'string' as const, format: 'binary', description: 'After `spec`.' };
  return {
    required: true,
    content: {
      'multipart/form-data': { schema: { ...form, properties: { spec, file } } },
      'application/json': { schema: spec },
    },
  };
}

@ApiTags('datasets')
@OfProject('data set')
@Controller('v1/datasets')
export class DatasetsController {
  /** Everything that receiving a file needs. */
  private readonly receiving: ApiSettings & { uploads: Uploads };

  constructor(
    private readonly datasets: DatasetsService,
    @Inject(DATABASE) private readonly database: Database,
    private readonly computing: Computing,
    @Inject(SETTINGS) settings: ApiSettings,
    uploads: Uploads,
  ) {
    this.receiving = { ...settings, uploads };
  }

  @Post()
  @Needs('submitter')
  @Audited('dataset.create')
  @ApiOperation({
    summary: 'Add a data set: read it by a mapping, split it, and report what is in it',
    requestBody: body('CreateDataset'),
  })
  @ApiCreatedResponse({ standardSchema: DatasetView })
  async create(
    @Req() request: FastifyRequest,
    @CallerOf() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<DatasetView> {
    await refuseFullStored(this.database, caller, request);
    const made = await withUpload(request, CreateDataset, this.receiving, caller, (received) =>
      this.datasets.create(received, caller),
    );
    void reply.header('location', `/v1/datasets/${made.id}`);
    return made;
  }

  @Post('preview')
  @Needs('submitter')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Preview a data set: first rows and report of what would be stored; nothing is kept',
    requestBody: body('CreateDataset'),
  })
  @ApiOkResponse({ standardSchema: DatasetPreview })
  preview(@Req() request: FastifyRequest, @CallerOf() caller: Caller): Promise<DatasetPreview> {
    return withUpload(request, CreateDataset, this.receiving, caller, (received) =>
      this.datasets.preview(received, caller),
    );
  }

  @Post('inspect')
  @Needs('submitter')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Columns of a file and its first rows, before a mapping is chosen; nothing is kept',
    requestBody: body('InspectDataset'),
  })
  @ApiOkResponse({ standardSchema: DatasetInspection })
  inspect(@Req() request: FastifyRequest, @CallerOf() caller: Caller): Promise<DatasetInspection> {
    return withUpload(request, InspectDataset, this.receiving, caller, (received) =>
      this.datasets.inspect(received, caller),
    );
  }

  @Get()
  @ApiOperation({ summary: 'Data sets, newest first' })
  @ApiOkResponse({ standardSchema: DatasetList })
  list(@CallerOf() { project: { id: projectId } }: Caller, @Req() request: FastifyRequest): Promise<Computed> {
    return whileClientWaits(request, (signal) =>
      this.computing.ask(datasetsComputation, projectId, { owner: projectId, signal }),
    );
  }

  @Get(':id')
  @ApiOperation({ summary: 'A data set with its report' })
  @ApiOkResponse({ standardSchema: DatasetView })
  get(@Param('id', { schema: Id }) id: string): Promise<DatasetView> {
    return this.datasets.get(id);
  }

  @Get(':id/rows')
  @ApiOperation({ summary: 'Examples with the mapping applied' })
  @ApiOkResponse({ standardSchema: DatasetRows })
  async rows(
    @Param('id', { schema: Id }) id: string,
    @Query({ schema: DatasetRowsQuery }) query: DatasetRowsQuery,
  ): Promise<DatasetRows> {
    return { rows: await this.datasets.rows(id, query) };
  }

  @Delete(':id')
  @Needs('submitter')
  @HttpCode(204)
  @Audited('dataset.delete')
  @ApiOperation({ summary: 'Delete a data set that no sweep uses' })
  @ApiNoContentResponse()
  remove(@Param('id', { schema: Id }) id: string): Promise<void> {
    return this.datasets.remove(id);
  }
}
