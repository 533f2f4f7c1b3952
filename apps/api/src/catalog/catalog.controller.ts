import { Controller, Get, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { BaseList, MethodList, ObjectiveList, TaskList } from '@rankforge/contracts';
import type { FastifyRequest } from 'fastify';
import { type Caller, CallerOf } from '../access/access.js';
import type { Computed } from '../platform/computation.js';
import { Computing } from '../platform/computing.js';
import { whileClientWaits } from '../uploads/client-gone.js';
import { Catalog } from './catalog.js';
import { methodsComputation, tasksComputation } from './computations.js';
import { viewObjectives } from './objectives.js';
import { Tasks } from './tasks.js';

@ApiTags('catalog')
@Controller('v1')
export class CatalogController {
  constructor(
    private readonly catalog: Catalog,
    private readonly taskList: Tasks,
    private readonly computing: Computing,
  ) {}

  @Get('methods')
  @ApiOperation({ summary: 'Methods, optimizers, strategies and recipes with the JSON Schema of their configuration' })
  @ApiOkResponse({ standardSchema: MethodList })
  methods(@CallerOf() { project }: Caller, @Req() request: FastifyRequest): Promise<Computed> {
    // They are those of this version: an answer stays for good.
    return whileClientWaits(request, (signal) =>
      this.computing.ask(methodsComputation, null, { owner: project.id, signal }, { of: '' }),
    );
  }

  @Get('objectives')
  @ApiOperation({ summary: 'Objectives that a model can be trained for: metrics, and how a data set is read for each' })
  @ApiOkResponse({ standardSchema: ObjectiveList })
  objectives(): ObjectiveList {
    return { objectives: viewObjectives() };
  }

  @Get('tasks')
  @ApiOperation({
    summary: 'Tasks with their metrics and the source of their data; data sets of this installation come last',
  })
  @ApiOkResponse({ standardSchema: TaskList })
  async tasks(@CallerOf() { project: { id: projectId } }: Caller, @Req() request: FastifyRequest): Promise<Computed> {
    const keeping = { of: await this.taskList.version(projectId) };
    return whileClientWaits(request, (signal) =>
      this.computing.ask(tasksComputation, projectId, { owner: projectId, signal }, keeping),
    );
  }

  @Get('bases')
  @ApiOperation({ summary: 'Base models: the folders of the models folder, as they are now' })
  @ApiOkResponse({ standardSchema: BaseList })
  async bases(): Promise<BaseList> {
    await this.catalog.refreshBases();
    return this.catalog.viewBases();
  }
}
