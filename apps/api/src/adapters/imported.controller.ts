import { Controller, Delete, Get, HttpCode, Inject, Param, Post, Req } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AdapterList, AdapterView, Id } from '@rankforge/contracts';
import type { Database } from '@rankforge/db';
import type { FastifyRequest } from 'fastify';
import { type Caller, CallerOf, Needs } from '../access/access.js';
import { OfProject } from '../access/of-project.js';
import { Audited } from '../audit/audited.js';
import { DATABASE } from '../platform/database.js';
import type { ApiSettings } from '../platform/env.js';
import { SETTINGS } from '../platform/settings.js';
import { refuseFullStored } from '../projects/stored-quota.js';
import { Uploads } from '../uploads/uploads.js';
import { ImportedAdapters } from './imported.service.js';
import { withAdapterFile } from './upload.js';

const form = {
  required: true,
  content: {
    'multipart/form-data': {
      schema: {
        type: 'object' as const,
        required: ['spec', 'file'],
        properties: {
          spec: { $ref: '#/components/schemas/CreateAdapter' },
          file: { type: 'string' as const, format: 'binary', description: 'After `spec`.' },
        },
      },
    },
  },
};

@ApiTags('adapters')
@OfProject('adapter')
@Controller('v1/adapters')
export class ImportedController {
  constructor(
    private readonly adapters: ImportedAdapters,
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SETTINGS) private readonly settings: ApiSettings,
    private readonly uploads: Uploads,
  ) {}

  @Post()
  @Needs('submitter')
  @Audited('adapter.import')
  @ApiOperation({ summary: 'Import an adapter of Python peft: sweeps start from it by its name', requestBody: form })
  @ApiCreatedResponse({ standardSchema: AdapterView })
  async create(@Req() request: FastifyRequest, @CallerOf() caller: Caller): Promise<AdapterView> {
    await refuseFullStored(this.database, caller, request);
    return withAdapterFile(request, { ...this.settings, uploads: this.uploads }, caller, (spec, file, signal) =>
      this.adapters.create(spec, file, caller, signal),
    );
  }

  @Get()
  @ApiOperation({ summary: 'Imported adapters, newest first' })
  @ApiOkResponse({ standardSchema: AdapterList })
  async list(@CallerOf() { project }: Caller): Promise<AdapterList> {
    return { items: await this.adapters.list(project.id) };
  }

  @Get(':id')
  @ApiOperation({ summary: 'An imported adapter' })
  @ApiOkResponse({ standardSchema: AdapterView })
  get(@Param('id', { schema: Id }) id: string): Promise<AdapterView> {
    return this.adapters.get(id);
  }

  @Delete(':id')
  @HttpCode(204)
  @Needs('submitter')
  @Audited('adapter.delete')
  @ApiOperation({ summary: 'Delete an imported adapter that no unfinished sweep starts from' })
  @ApiNoContentResponse()
  remove(@Param('id', { schema: Id }) id: string): Promise<void> {
    return this.adapters.remove(id);
  }
}
