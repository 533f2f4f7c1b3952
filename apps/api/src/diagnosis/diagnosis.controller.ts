import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Diagnosis, type Finding } from '@rankforge/contracts';
import type { Database } from '@rankforge/db';
import { NeedsInstallation } from '../access/access.js';
import { whyDown } from '../health/why-down.js';
import { within } from '../health/within.js';
import { DATABASE } from '../platform/database.js';
import type { ApiSettings } from '../platform/env.js';
import { Notifications } from '../platform/notifications.js';
import { TrialQueues } from '../platform/queues.js';
import { SETTINGS } from '../platform/settings.js';
import { apiVersion } from '../platform/version.js';
import { type Check, fail } from './checks/check.js';
import { checks } from './checks/registry.js';

/** More than an echo is waited for. */
const patienceMs = 8000;

@ApiTags('health')
@Controller('v1/diagnosis')
export class DiagnosisController {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SETTINGS) private readonly settings: ApiSettings,
    private readonly notifications: Notifications,
    private readonly queues: TrialQueues,
  ) {}

  @Get()
  @NeedsInstallation()
  @ApiOperation({
    summary:
      'Versions, roles, clocks, TLS, notifications, migrations, the store and workers, as this API finds them now',
  })
  @ApiOkResponse({ standardSchema: Diagnosis })
  async read(): Promise<Diagnosis> {
    const findings = await Promise.all(checks.map((check) => this.look(check)));
    return { version: apiVersion, findings: findings.flat() };
  }

  private async look(check: Check): Promise<Finding[]> {
    const { database, settings, notifications, queues } = this;
    try {
      return await within(patienceMs, check.look({ database, settings, notifications, queues }));
    } catch (error) {
      return [fail(check.name, whyDown(error), check.advice)];
    }
  }
}
