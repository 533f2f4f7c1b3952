import type { CreateSweep } from '@rankforge/contracts';
import { fair } from './fair.js';
import { grid } from './grid.js';
import { random } from './random.js';
import { withMedianStopping } from './search/median.js';
import { listed, type Proposer, sobol, tpe } from './search/proposers.js';
import { asha, hyperbandSchedule, whole } from './search/schedules.js';
import { searched } from './search/searched.js';
import type { Strategy } from './strategy.js';

interface Entry {
  /** Where configurations come from, and what of them is checked before the sweep is accepted. */
  proposer: Proposer;
  points?: Strategy['points'];
  /** Without a scheduler; omitted: as with one that trains all to the end. */
  alone?: Strategy;
}

/** One line a search, by the `kind` of a request's `search`. */
const searches: Readonly<Record<CreateSweep['search']['kind'], Entry>> = {
  grid: { proposer: listed(grid), points: grid.points, alone: grid },
  random: { proposer: listed(random), points: random.points, alone: random },
  sobol: { proposer: sobol },
  tpe: { proposer: tpe },
};

type Scheduled = (entry: Entry) => Strategy;

const unscheduled: Scheduled = ({ proposer, points, alone }) =>
  alone ?? (searched(proposer, whole, points) as Strategy);

/** One line a scheduler, by its `kind`. */
const schedulers: Readonly<Record<NonNullable<CreateSweep['scheduler']>['kind'], Scheduled>> = {
  asha: ({ proposer, points }) => searched(proposer, asha, points) as Strategy,
  hyperband: ({ proposer, points }) => searched(proposer, hyperbandSchedule, points) as Strategy,
  median: ({ proposer, points }) => withMedianStopping(searched(proposer, whole, points)) as Strategy,
};

/** One line a protocol, by its `kind`: it says what is tried, whatever the search. */
const protocols: Readonly<Record<NonNullable<CreateSweep['protocol']>['kind'], Strategy>> = { fair };

/** How a request searches. Its state is whatever it returned before. */
export function strategyOf({
  search,
  scheduler,
  protocol,
}: Pick<CreateSweep, 'search' | 'scheduler' | 'protocol'>): Strategy {
  if (protocol) return protocols[protocol.kind];
  const scheduled = scheduler ? schedulers[scheduler.kind] : unscheduled;
  return scheduled(searches[search.kind]);
}
