import { Body, Controller, Delete, Param, Post, Req } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AddRuns, RunsAdded, RunsRemoved, Slug } from '@rankforge/contracts';
import type { FastifyRequest } from 'fastify';
import { type Caller, CallerOf, Needs } from '../access/access.js';
import { Audited } from '../audit/audited.js';
import type { Computed } from '../platform/computation.js';
import { Computing } from '../platform/computing.js';
import { checkedBeside } from '../platform/http/validation.pipe.js';
import { whileClientWaits } from '../uploads/client-gone.js';
import { addRunsComputation } from './computations.js';
import { RunsService } from './runs.service.js';

@ApiTags('runs trained elsewhere')
@Controller('v1/runs')
export class RunsController {
  constructor(
    private readonly runs: RunsService,
    private readonly computing: Computing,
  ) {}

  @Post()
  @Needs('submitter')
  @Audited('runs.add')
  @ApiOperation({
    summary: 'Put runs that were trained elsewhere on a board; one of the same configuration and seed is replaced',
  })
  @ApiCreatedResponse({ standardSchema: RunsAdded })
  add(
    @Body({ schema: checkedBeside(AddRuns) }) body: AddRuns,
    @CallerOf() { keyId, project }: Caller,
    @Req() request: FastifyRequest,
  ): Promise<Computed> {
    return whileClientWaits(request, (signal) =>
      this.computing.ask(addRunsComputation, { body, by: { keyId, project } }, { owner: project.id, signal }),
    );
  }

  @Delete(':name/:base')
  @Needs('submitter')
  @Audited('runs.remove')
  @ApiOperation({ summary: 'Remove a board of runs that were trained elsewhere' })
  @ApiOkResponse({ standardSchema: RunsRemoved })
  remove(
    @Param('name', { schema: Slug }) name: string,
    @Param('base', { schema: Slug }) base: string,
    @CallerOf() caller: Caller,
  ): Promise<RunsRemoved> {
    return this.runs.remove(name, base, caller);
  }
}
