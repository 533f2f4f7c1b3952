import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { PeftExperimentSweeps, PeftExperiments } from '@rankforge/contracts';
import type { FastifyRequest } from 'fastify';
import { type Caller, CallerOf } from '../access/access.js';
import type { Computed } from '../platform/computation.js';
import { Computing } from '../platform/computing.js';
import { checkedBeside } from '../platform/http/validation.pipe.js';
import { whileClientWaits } from '../uploads/client-gone.js';
import { experimentsComputation } from './computations.js';

@ApiTags('published results')
@Controller('v1/peft-experiments')
export class ExperimentsController {
  constructor(private readonly computing: Computing) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Sweeps that run experiments of peft’s method comparison here; nothing is written' })
  @ApiOkResponse({ standardSchema: PeftExperimentSweeps })
  read(
    @Body({ schema: checkedBeside(PeftExperiments) }) body: PeftExperiments,
    @CallerOf() { project }: Caller,
    @Req() request: FastifyRequest,
  ): Promise<Computed> {
    return whileClientWaits(request, (signal) =>
      this.computing.ask(experimentsComputation, body, { owner: project.id, signal }),
    );
  }
}
