import { Inject, Injectable } from '@nestjs/common';
import { averageSeries, type Database, summarizeSeries, thinSeries } from '@rankforge/db';
import { Background } from '../platform/background.js';
import { DATABASE } from '../platform/database.js';
import type { ApiSettings } from '../platform/env.js';
import { SETTINGS } from '../platform/settings.js';

const everyMs = 10_000;
const trialsAtOnce = 20;
/** More than clocks of this process and of the database differ, and than a transaction lasts. */
const marginMs = 3_600_000;

/**
 * Summarizes the series of trials that will not run again, and thins the old ones where a setting says so. Replicas take
 * different trials.
 */
@Injectable()
export class SeriesKeeper extends Background {
  /** All trials that ended before have their summary. Undefined: nobody has looked yet. */
  private completeUntil: Date | undefined;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SETTINGS) private readonly settings: ApiSettings,
  ) {
    super('series', everyMs);
  }

  protected async round(): Promise<void> {
    const began = Date.now();
    const { trials: summarized, endedAt } = await summarizeSeries(this.database, {
      limit: trialsAtOnce,
      endedAfter: this.completeUntil,
    });
    // They are taken in the order in which they ended, so that the next round begins where this one came to.
    const until = summarized < trialsAtOnce ? began : endedAt?.getTime();
    if (until !== undefined)
      this.completeUntil = new Date(Math.max(until - marginMs, this.completeUntil?.getTime() ?? 0));
    const { metricDays: days } = this.settings;
    const thinned = days === undefined ? undefined : await thinSeries(this.database, { days, limit: trialsAtOnce });
    if (thinned && thinned.trials > 0) this.logger.log(thinned, 'old series were thinned');
    const averaged = await averageSeries(this.database, trialsAtOnce);
    // The rest at once, in rounds of their own: a shutdown waits for one round at most.
    if ([summarized, averaged, thinned?.trials].includes(trialsAtOnce)) this.loop.wake();
  }
}
