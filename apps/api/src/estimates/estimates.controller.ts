import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CreateEstimate, Estimate } from '@rankforge/contracts';
import type { FastifyRequest } from 'fastify';
import { type Caller, CallerOf } from '../access/access.js';
import { whileClientWaits } from '../uploads/client-gone.js';
import { EstimatesService } from './estimates.service.js';

@ApiTags('memory')
@Controller('v1/estimate')
export class EstimatesController {
  constructor(private readonly estimates: EstimatesService) {}

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
  ): Promise<Estimate> {
    return whileClientWaits(raw, (signal) => this.estimates.estimate(request, { owner: project.id, signal }));
  }
}
