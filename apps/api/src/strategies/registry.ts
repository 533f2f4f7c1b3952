/** @file Every search, scheduler and protocol, one line each by the `kind` of a request's. */
import type { CreateSweep, Protocol, Scheduler, Search } from '@rankforge/contracts';
import { fair } from './fair.js';
import { asha } from './schedulers/asha.js';
import { hyperband } from './schedulers/hyperband.js';
import { median } from './schedulers/median.js';
import type { SchedulerEntry } from './schedulers/scheduler.js';
import { whole } from './search/schedules.js';
import { searched } from './search/searched.js';
import { grid } from './searches/grid.js';
import { random } from './searches/random.js';
import type { SearchEntry } from './searches/search.js';
import { sobol } from './searches/sobol.js';
import { tpe } from './searches/tpe.js';
import type { Strategy } from './strategy.js';

export const searchEntries: Readonly<Record<Search['kind'], SearchEntry>> = { grid, random, sobol, tpe };

export const schedulerEntries: Readonly<Record<Scheduler['kind'], SchedulerEntry>> = { asha, hyperband, median };

/** A protocol says what is tried, whatever the search. */
const protocols: Readonly<Record<Protocol['kind'], Strategy>> = { fair };

const unscheduled = ({ proposer, points, alone }: SearchEntry): Strategy =>
  alone ?? (searched(proposer, whole, points) as Strategy);

/** How a request searches. Its state is whatever it returned before. */
export function strategyOf({
  search,
  scheduler,
  protocol,
}: Pick<CreateSweep, 'search' | 'scheduler' | 'protocol'>): Strategy {
  if (protocol) return protocols[protocol.kind];
  const entry = searchEntries[search.kind];
  return scheduler ? schedulerEntries[scheduler.kind].over(entry) : unscheduled(entry);
}
