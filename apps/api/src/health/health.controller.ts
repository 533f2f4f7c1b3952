import { Controller, Get, Inject, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import { launchProof, Readiness, ReadinessQuery } from '@rankforge/contracts';
import { type Database, isMigrated } from '@rankforge/db';
import type { FastifyReply } from 'fastify';
import { Public } from '../access/access.js';
import { DATABASE } from '../platform/database.js';
import type { ApiSettings } from '../platform/env.js';
import { TrialQueues } from '../platform/queues.js';
import { SETTINGS } from '../platform/settings.js';
import { apiVersion } from '../platform/version.js';
import { whyDown } from './why-down.js';
import { within } from './within.js';

const patienceMs = 2000;

@ApiTags('health')
@Controller()
export class HealthController {
  /** Remembered once true: migrations are not taken back. */
  private isMigrated = false;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SETTINGS) private readonly settings: ApiSettings,
    private readonly queues: TrialQueues,
  ) {}

  @Get('livez')
  @Public()
  @ApiOperation({ summary: 'The process answers' })
  @ApiOkResponse({ content: { 'text/plain': { schema: { type: 'string' } } } })
  live(@Res({ passthrough: true }) reply: FastifyReply): string {
    void reply.type('text/plain');
    return 'ok';
  }

  @Get('readyz')
  @Public()
  @ApiOperation({ summary: 'The API can serve requests; says which dependency is down' })
  @ApiOkResponse({ standardSchema: Readiness })
  @ApiServiceUnavailableResponse({ standardSchema: Readiness })
  async ready(
    @Query({ schema: ReadinessQuery }) { challenge }: ReadinessQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Readiness> {
    const dependencies = await Promise.all([
      probe('postgres', () => this.askDatabase()),
      probe('redis', () => this.queues.probe()),
    ]);
    // Without Redis requests are served, and wake-ups wait in the outbox. A Service would take all pods away at once.
    const ready = dependencies.every(({ name, up }) => up || name === 'redis');
    void reply.status(ready ? 200 : 503);
    return { ready, dependencies, version: apiVersion, ...(await this.proof(challenge)) };
  }

  /** @throws where it does not answer, or has not the schema of this program */
  private async askDatabase(): Promise<void> {
    if (this.isMigrated) await this.database.$queryRaw`SELECT 1`;
    else if (await isMigrated(this.database)) this.isMigrated = true;
    else
      throw Object.assign(new Error('migrations of this version wait to be applied'), { code: 'MIGRATIONS_PENDING' });
  }

  private async proof(challenge: string | undefined): Promise<Pick<Readiness, 'proof'>> {
    const { launchSecret, port } = this.settings;
    if (challenge === undefined || launchSecret === undefined) return {};
    return { proof: await launchProof(launchSecret, challenge, port) };
  }
}

async function probe(name: string, ask: () => Promise<unknown>): Promise<Readiness['dependencies'][number]> {
  try {
    await within(patienceMs, ask());
    return { name, up: true };
  } catch (error) {
    return { name, up: false, detail: whyDown(error) };
  }
}
