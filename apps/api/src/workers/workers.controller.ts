import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DeviceView, type EngineName, heldSite, siteOfHeld, WorkerList } from '@rankforge/contracts';
import { type Database, isListed, type WorkerStanding, workerStanding } from '@rankforge/db';
import { type Caller, CallerOf } from '../access/access.js';
import { DATABASE } from '../platform/database.js';
import { inProject } from '../projects/in-project.js';

interface WorkerRow {
  id: string;
  name: string;
  host: string;
  pid: number;
  version: string;
  contract: number;
  served: boolean;
  engines: EngineName[];
  slots: number;
  trouble: string | null;
  devices: unknown;
  holds: string[];
  startedAt: Date;
  heartbeatAt: Date;
  standing: WorkerStanding;
  runningTrials: string[];
}

@ApiTags('workers')
@Controller('v1/workers')
export class WorkersController {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  @Get()
  @ApiOperation({ summary: 'Workers of the last day and their devices, those alive first' })
  @ApiOkResponse({ standardSchema: WorkerList })
  async list(@CallerOf() { project }: Caller): Promise<WorkerList> {
    const rows = await this.database.$queryRaw<WorkerRow[]>`
      SELECT w."id", w."name", w."host", w."pid", w."version", w."contract",
        w."contract" BETWEEN c."oldest" AND c."current" AS "served", w."engines", w."slots", w."trouble", w."devices",
        ARRAY(SELECT h FROM unnest(w."holds") h WHERE starts_with(h, ${heldSite(project.id, '')})) AS "holds", w."startedAt",
        w."heartbeatAt", ${workerStanding} AS "standing",
        ARRAY(SELECT t."id"::text FROM "Trial" t WHERE t."workerId" = w."id" AND t."state" = 'RUNNING' AND ${inProject(project.id)} ORDER BY t."startedAt")
          AS "runningTrials"
      FROM "Worker" w CROSS JOIN "worker_contract" c WHERE ${isListed}
      ORDER BY (${workerStanding} IN ('live', 'draining')) DESC, w."startedAt" DESC LIMIT 500`;
    return {
      workers: rows.map(({ standing, trouble, devices, holds, startedAt, heartbeatAt, ...worker }) => ({
        ...worker,
        holds: holds.map(siteOfHeld),
        state: standing,
        ...(trouble !== null && { trouble }),
        devices: DeviceView.array().parse(devices),
        startedAt: startedAt.toISOString(),
        heartbeatAt: heartbeatAt.toISOString(),
      })),
    };
  }
}
