import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CreateEstimate, CreateFileEstimate, Estimate, FileEstimate } from '@rankforge/contracts';
import type { FastifyRequest } from 'fastify';
import { type Caller, CallerOf } from '../access/access.js';
import type { Computed } from '../platform/computation.js';
import { Computing } from '../platform/computing.js';
import { whileClientWaits } from '../uploads/client-gone.js';
import { estimateComputation, fileEstimateComputation } from './computations.js';

@ApiTags('memory')
@Controller('v1/estimate')
export class EstimatesController {
  constructor(private readonly computing: Computing) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Predict the memory of trainings from the shapes of a model; nothing is run, and nothing is written',
  })
  @ApiOkResponse({ standardSchema: Estimate })
  estimate(
    @Body({ schema: CreateEstimate }) request: CreateEstimate,
    @Req() raw: FastifyRequest,
    @CallerOf() { project }: Caller,
  ): Promise<Computed> {
    return whileClientWaits(raw, (signal) =>
      this.computing.ask(estimateComputation, request, { owner: project.id, signal }),
    );
  }

  @Post('from')
  @HttpCode(200)
  @ApiOperation({
    summary:
      'Predict the memory of the training that a configuration of another tool describes, and say what of it was read',
  })
  @ApiOkResponse({ standardSchema: FileEstimate })
  estimateFrom(
    @Body({ schema: CreateFileEstimate }) request: CreateFileEstimate,
    @Req() raw: FastifyRequest,
    @CallerOf() { project }: Caller,
  ): Promise<Computed> {
    return whileClientWaits(raw, (signal) =>
      this.computing.ask(fileEstimateComputation, request, { owner: project.id, signal }),
    );
  }
}
