import type { Finding } from '@rankforge/contracts';
import { isListed, workerStanding } from '@rankforge/db';
import { apiVersion } from '../../platform/version.js';
import { type Check, fail, ok, warn } from './check.js';
import { clockFinding } from './clock.js';

interface Row {
  name: string;
  version: string;
  contract: number;
  served: boolean;
  trouble: string | null;
  aheadMs: number | null;
}

/** Workers that live: a line for all, and one for each thing that is wrong with one. */
export const workers: Check = {
  name: 'workers',
  advice: 'look at PostgreSQL first',
  async look({ database }) {
    const rows = await database.$queryRaw<Row[]>`
      SELECT w."name", w."version", w."contract", w."contract" BETWEEN c."oldest" AND c."current" AS "served", w."trouble",
        w."clockAheadMs"::float8 AS "aheadMs"
      FROM "Worker" w CROSS JOIN "worker_contract" c
      WHERE ${isListed} AND ${workerStanding} IN ('live', 'draining') ORDER BY w."name"`;
    if (rows.length === 0)
      return [warn(this.name, 'none lives: trials wait', 'start a worker; see its log where one runs')];
    const versions = [...new Set(rows.map(({ version }) => version))].sort();
    return [ok(this.name, `${rows.length} live, version ${versions.join(', ')}`), ...rows.flatMap(wrongWith)];
  },
};

function wrongWith({ name: worker, version, contract, served, trouble, aheadMs }: Row): Finding[] {
  const name = `worker ${worker}`;
  const findings: Finding[] = [];
  if (!served) {
    findings.push(fail(name, `version ${version} speaks contract ${contract}, which ended`, 'update its image'));
  } else if (version !== apiVersion) {
    findings.push(warn(name, `version ${version}, and the API is ${apiVersion}`, 'update the older of both'));
  }
  if (trouble !== null) findings.push(fail(name, trouble, 'until then it takes no trial'));
  const clock = clockFinding(`clock of ${name}`, aheadMs ?? 0);
  return clock.state === 'ok' ? findings : [...findings, clock];
}
