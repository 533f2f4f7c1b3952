import { Controller, Get, HttpCode, Inject, Param, Post, Req, type StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type ArtifactKind, artifactKinds, Garbage, Id } from '@rankforge/contracts';
import { ArtifactStore, type Database } from '@rankforge/db';
import type { FastifyRequest } from 'fastify';
import { NeedsInstallation } from '../access/access.js';
import { OfProject } from '../access/of-project.js';
import { Audited } from '../audit/audited.js';
import { DATABASE } from '../platform/database.js';
import type { ApiSettings } from '../platform/env.js';
import { attachment, downloadBody } from '../platform/http/download-body.js';
import { notFound } from '../platform/http/problem.js';
import { SETTINGS } from '../platform/settings.js';
import { stored } from '../platform/stored.js';
import { ArtifactCollector } from './artifact-collector.js';

@ApiTags('artifacts')
@OfProject('artifact')
@Controller('v1/artifacts')
export class ArtifactsController {
  private readonly store: ArtifactStore;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SETTINGS) settings: ApiSettings,
    private readonly collector: ArtifactCollector,
  ) {
    this.store = new ArtifactStore(settings.artifactDir);
  }

  @Get('garbage')
  @NeedsInstallation()
  @ApiOperation({ summary: 'Stored files that nothing refers to: what a collection would remove now' })
  @ApiOkResponse({ standardSchema: Garbage })
  garbage(): Promise<Garbage> {
    return this.collector.measure();
  }

  @Post('collect')
  @HttpCode(200)
  @NeedsInstallation()
  @Audited('artifact.collect')
  @ApiOperation({ summary: 'Remove stored files that nothing refers to now; it is done every ten minutes besides' })
  @ApiOkResponse({ standardSchema: Garbage })
  collect(): Promise<Garbage> {
    return this.collector.collect();
  }

  @Get(':id')
  @Audited('artifact.download')
  @ApiOperation({
    summary: 'Download a file of a trial: safetensors, or lines of JSON where it holds answers, orders or texts',
  })
  @ApiOkResponse({
    description: 'The file',
    content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
  })
  async download(@Param('id', { schema: Id }) id: string, @Req() request: FastifyRequest): Promise<StreamableFile> {
    const artifact = await this.database.artifact.findUnique({
      where: { id },
      include: { trial: { select: { method: true, rank: true, seed: true } } },
    });
    if (!artifact) throw notFound('artifact', id);
    const { kind, step, sha256, trial } = artifact;
    const { method, rank, seed } = trial;
    const name = [method, rank === null ? '' : `r${rank}`, `seed${seed}`, `step${step}`, kind];
    const { ending } = artifactKinds[kind as ArtifactKind];
    const length = Number(artifact.bytes);
    const body = await downloadBody(request, () => stored('this artifact', () => this.store.stream(sha256, length)));
    return attachment(body, `${name.filter(Boolean).join('-')}.${ending}`, 'application/octet-stream', length);
  }
}
