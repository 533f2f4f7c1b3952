import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { PeftExperimentSweeps, PeftExperiments } from '@rankforge/contracts';
import { Catalog } from '../catalog/catalog.js';
import { invalid } from '../platform/http/problem.js';
import { sweepsOf } from './peft-experiments.js';

@ApiTags('published results')
@Controller('v1/peft-experiments')
export class ExperimentsController {
  constructor(private readonly catalog: Catalog) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Sweeps that run experiments of peft’s method comparison here; nothing is written' })
  @ApiOkResponse({ standardSchema: PeftExperimentSweeps })
  async read(@Body({ schema: PeftExperiments }) request: PeftExperiments): Promise<PeftExperimentSweeps> {
    await this.catalog.refreshBases();
    const base = this.catalog.base(request.base);
    if (!base) throw invalid([{ path: '/base', message: this.catalog.missingBase(request.base) }]);
    return sweepsOf(request, base.config);
  }
}
