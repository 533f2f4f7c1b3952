import { join } from 'node:path';
import { Controller, Get, Inject, Param, Query, Req, type StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AdapterQuery, Id, TrialSpec } from '@rankforge/contracts';
import { ArtifactStore, type Database } from '@rankforge/db';
import { findMethod, serveAt } from '@rankforge/peft';
import type { FastifyRequest } from 'fastify';
import { type Caller, CallerOf } from '../access/access.js';
import { OfProject } from '../access/of-project.js';
import { Audited } from '../audit/audited.js';
import { Catalog } from '../catalog/catalog.js';
import { DATABASE } from '../platform/database.js';
import type { ApiSettings } from '../platform/env.js';
import { attachment, downloadBody } from '../platform/http/download-body.js';
import { notFound, ProblemError } from '../platform/http/problem.js';
import { SETTINGS } from '../platform/settings.js';
import { stored } from '../platform/stored.js';
import { whileClientWaits } from '../uploads/client-gone.js';
import { AdapterExports } from './adapter-exports.js';
import { conversionRefusal, formatsOf } from './formats.js';
import { adapterName, baseNames } from './names.js';

const binary = { schema: { type: 'string', format: 'binary' } } as const;

@ApiTags('trials')
@OfProject('trial')
@Controller('v1/trials/:id/adapter')
export class AdaptersController {
  private readonly store: ArtifactStore;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SETTINGS) private readonly settings: ApiSettings,
    private readonly exports: AdapterExports,
    private readonly catalog: Catalog,
  ) {
    this.store = new ArtifactStore(settings.artifactDir);
  }

  @Get()
  @Audited('adapter.download')
  @ApiOperation({
    summary: 'Download the adapter of a trial: for Python peft, merged into its base model, or our file',
  })
  @ApiOkResponse({
    description: 'The file, or a tar archive of the folder',
    content: { 'application/octet-stream': binary, 'application/x-tar': binary },
  })
  async download(
    @Param('id', { schema: Id }) id: string,
    @Query({ schema: AdapterQuery }) { format: asked }: AdapterQuery,
    @Req() request: FastifyRequest,
    @CallerOf() { project }: Caller,
  ): Promise<StreamableFile> {
    const { base, baseSha256, rank, name, sha256, bytes, method, spec } = await this.find(id);
    const parsed = TrialSpec.parse(spec);
    const { on = [], trainedRank, chat } = parsed;
    await this.catalog.refreshBases();
    const { catalog, store } = this;
    const [best] = asked ? [asked] : await formatsOf({ spec: parsed, baseSha256, sha256 }, { catalog, store });
    const format = best ?? 'native';
    const whole = () => stored('this adapter', () => this.store.read(sha256));
    if (format === 'native') {
      const named = [`${name}.safetensors`, 'application/octet-stream'] as const;
      if (trainedRank === undefined || rank === null) {
        const body = () => stored('this adapter', () => this.store.stream(sha256, bytes));
        return attachment(await downloadBody(request, body), ...named, bytes);
      }
      const body = async () => Buffer.from(serveAt(findMethod(method), await whole(), rank));
      return attachment(await downloadBody(request, body), ...named);
    }
    const model = join(this.settings.modelsDir, base);
    const known = this.catalog.base(base);
    const made = { base, baseSha256 };
    const refused = conversionRefusal(format, { ...parsed, made }, { catalog: this.catalog, base: known });
    if (refused !== undefined) throw new ProblemError('conflict', refused);
    const merged = on.map(({ adapter, ...as }) => ({ file: this.store.pathOf(adapter), ...as }));
    const body = () =>
      whileClientWaits(request, (signal) =>
        this.exports.archive(
          whole,
          { model, on: merged, ...baseNames(known, base), rank, format, chat },
          { owner: project.id, signal },
        ),
      );
    return attachment(await downloadBody(request, body), `${name}-${format}.tar`, 'application/x-tar');
  }

  /** The last adapter of a trial, or of the trial whose result it takes. */
  private async find(id: string) {
    const trial = await this.database.trial.findUnique({
      where: { id },
      select: {
        leaderId: true,
        scoresTrialId: true,
        base: true,
        method: true,
        rank: true,
        seed: true,
        state: true,
        spec: true,
        sweep: { select: { baseSha256: true } },
      },
    });
    if (!trial) throw notFound('trial', id);
    const artifact = await this.database.artifact.findFirst({
      where: { trialId: trial.leaderId ?? id, kind: 'adapter' },
      orderBy: { step: 'desc' },
    });
    if (!artifact) throw new ProblemError('conflict', withoutAdapter(trial));
    const { base, rank, method, spec, sweep } = trial;
    const { sha256, bytes } = artifact;
    const name = adapterName(trial);
    return { base, baseSha256: sweep.baseSha256, rank, method, spec, sha256, bytes: Number(bytes), name };
  }
}

/** Why there is no adapter to download, and where there may be one. */
const withoutAdapter = ({ scoresTrialId, state }: { scoresTrialId: string | null; state: string }): string =>
  scoresTrialId === null
    ? `The trial has no adapter: its state is ${state}`
    : `The trial is a scoring, which makes no adapter: ask for that of the training, trial ${scoresTrialId}`;
