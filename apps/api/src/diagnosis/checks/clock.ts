import type { Finding } from '@rankforge/contracts';
import { type Check, fail, ok, warn } from './check.js';

const warnsAboveMs = 5_000;
/** Collection of files reckons with clocks that differ by less (db: artifact-gc). */
const failsAboveMs = 60_000;

/** Judges a clock. @param aheadMs of that of PostgreSQL, in milliseconds */
export function clockFinding(name: string, aheadMs: number): Finding {
  const off = Math.abs(aheadMs);
  const found = `${(off / 1000).toFixed(1)} s ${aheadMs < 0 ? 'behind' : 'ahead of'} PostgreSQL`;
  if (off <= warnsAboveMs) return ok(name, found);
  const advice = 'set the clocks of both machines by NTP';
  return off <= failsAboveMs ? warn(name, found, advice) : fail(name, found, advice);
}

/** The clock of the API that answers. */
export const clock: Check = {
  name: 'clock of the API',
  advice: 'look at PostgreSQL first',
  async look({ database }) {
    const before = Date.now();
    const [row] = await database.$queryRaw<{ ms: number }[]>`
      SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS "ms"`;
    return [clockFinding(this.name, (before + Date.now()) / 2 - row!.ms)];
  },
};
