import { Body, Controller, Delete, Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CreateGenerator, GeneratorList, GeneratorView, Id } from '@rankforge/contracts';
import type { FastifyRequest } from 'fastify';
import { type Caller, CallerOf, Needs } from '../access/access.js';
import { OfProject } from '../access/of-project.js';
import { Audited } from '../audit/audited.js';
import { whileClientWaits } from '../uploads/client-gone.js';
import { Generators } from './generators.service.js';

@ApiTags('generators')
@OfProject('generator')
@Controller('v1/generators')
export class GeneratorsController {
  constructor(private readonly generators: Generators) {}

  @Get()
  @ApiOperation({ summary: 'Generators of the project, newest first' })
  @ApiOkResponse({ standardSchema: GeneratorList })
  async list(@CallerOf() { project }: Caller): Promise<GeneratorList> {
    return { generators: await this.generators.list(project.id) };
  }

  @Post()
  @Needs('submitter')
  @Audited('generator.create')
  @ApiOperation({
    summary: 'Add a generator: a base of this installation, or an endpoint, which is asked for its models',
  })
  @ApiCreatedResponse({ standardSchema: GeneratorView })
  create(
    @Body({ schema: CreateGenerator }) request: CreateGenerator,
    @CallerOf() caller: Caller,
    @Req() http: FastifyRequest,
  ): Promise<GeneratorView> {
    return whileClientWaits(http, (signal) => this.generators.create(request, caller, signal));
  }

  @Delete(':id')
  @HttpCode(204)
  @Needs('submitter')
  @Audited('generator.delete')
  @ApiOperation({ summary: 'Remove a generator that no unfinished sweep asks; what it answered stays known' })
  @ApiNoContentResponse()
  remove(@Param('id', { schema: Id }) id: string): Promise<void> {
    return this.generators.remove(id);
  }
}
