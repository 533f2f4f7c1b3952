import { Controller, Get, HttpCode, Inject, Param, Post, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Garbage, Id } from '@rankforge/contracts';
import { ArtifactError, ArtifactStore, type Database } from '@rankforge/db';
import { NeedsInstallation } from '../access/access.js';
import { OfProject } from '../access/of-project.js';
import { Audited } from '../audit/audited.js';
import { DATABASE } from '../platform/database.js';
import type { ApiSettings } from '../platform/env.js';
import { notFound, ProblemError } from '../platform/http/problem.js';
import { SETTINGS } from '../platform/settings.js';
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
  @ApiOperation({ summary: 'Download an adapter or a checkpoint as safetensors' })
  @ApiOkResponse({
    description: 'The file',
    content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
  })
  async download(@Param('id', { schema: Id }) id: string): Promise<StreamableFile> {
    const artifact = await this.database.artifact.findUnique({
      where: { id },
      include: { trial: { select: { method: true, rank: true, seed: true } } },
    });
    if (!artifact) throw notFound('artifact', id);
    const { method, rank, seed } = artifact.trial;
    const name = [method, rank === null ? '' : `r${rank}`, `seed${seed}`, `step${artifact.step}`, artifact.kind];
    try {
      return new StreamableFile(await this.store.read(artifact.sha256), {
        type: 'application/octet-stream',
        disposition: `attachment; filename="${name.filter(Boolean).join('-')}.safetensors"`,
        length: Number(artifact.bytes),
      });
    } catch (cause) {
      if (!(cause instanceof ArtifactError)) throw cause;
      throw new ProblemError('unavailable', 'The bytes of this artifact cannot be read', undefined, { cause });
    }
  }
}
