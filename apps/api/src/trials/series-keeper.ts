import { Inject, Injectable } from '@nestjs/common';
import { averageSeries, type Database, summarizeSeries, thinSeries } from '@rankforge/db';
import { Background } from '../platform/background.js';
import { DATABASE } from '../platform/database.js';
import type { ApiSettings } from '../platform/env.js';
import { SETTINGS } from '../platform/settings.js';

const everyMs = 10_000;
const trialsAtOnce = 20;

/**
 * Summarizes the series of trials that will not run again, and thins the old ones where a setting says so. Replicas take
 * different trials.
 */
@Injectable()
export class SeriesKeeper extends Background {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SETTINGS) private readonly settings: ApiSettings,
  ) {
    super('series', everyMs);
  }

  protected async round(): Promise<void> {
    const summarized = await summarizeSeries(this.database, trialsAtOnce);
    const { metricDays: days } = this.settings;
    const thinned = days === undefined ? undefined : await thinSeries(this.database, { days, limit: trialsAtOnce });
    if (thinned && thinned.trials > 0) this.logger.log(thinned, 'old series were thinned');
    const averaged = await averageSeries(this.database, trialsAtOnce);
    // The rest at once, in rounds of their own: a shutdown waits for one round at most.
    if ([summarized, averaged, thinned?.trials].includes(trialsAtOnce)) this.loop.wake();
  }
}
