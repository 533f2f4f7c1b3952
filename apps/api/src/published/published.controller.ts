import { Body, Controller, Post, Req } from '@nestjs/common';
import { ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { FlowerTable, PeftResult, PublishedResult } from '@rankforge/contracts';
import type { FastifyRequest } from 'fastify';
import { type Caller, CallerOf, Needs } from '../access/access.js';
import { Audited } from '../audit/audited.js';
import type { Computed } from '../platform/computation.js';
import { Computing } from '../platform/computing.js';
import { checkedBeside } from '../platform/http/validation.pipe.js';
import { whileClientWaits } from '../uploads/client-gone.js';
import { publishComputation, publishTableComputation } from './computations.js';

@ApiTags('published results')
@Controller('v1/published-results')
export class PublishedController {
  constructor(private readonly computing: Computing) {}

  @Post()
  @Needs('submitter')
  @Audited('published.import')
  @ApiOperation({ summary: 'Put a result file of peft’s method comparison on a board of its own' })
  @ApiCreatedResponse({ standardSchema: PublishedResult })
  add(
    @Body({ schema: checkedBeside(PeftResult) }) body: PeftResult,
    @CallerOf() caller: Caller,
    @Req() request: FastifyRequest,
  ): Promise<Computed> {
    return this.keep(publishComputation, body, { caller, request });
  }

  @Post('flowertune')
  @Needs('submitter')
  @Audited('published.import')
  @ApiOperation({
    summary: 'Put a table of a FlowerTune leaderboard on a board of its own, in the place of an older one',
  })
  @ApiCreatedResponse({ standardSchema: PublishedResult })
  addTable(
    @Body({ schema: checkedBeside(FlowerTable) }) body: FlowerTable,
    @CallerOf() caller: Caller,
    @Req() request: FastifyRequest,
  ): Promise<Computed> {
    return this.keep(publishTableComputation, body, { caller, request });
  }

  private keep(
    of: typeof publishComputation,
    body: unknown,
    { caller: { keyId, project }, request }: { caller: Caller; request: FastifyRequest },
  ): Promise<Computed> {
    return whileClientWaits(request, (signal) =>
      this.computing.ask(of, { body, by: { keyId, project } }, { owner: project.id, signal }),
    );
  }
}
