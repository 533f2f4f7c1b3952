import { rungSteps } from '@rankforge/search';
import type { Schedule } from '../search/schedules.js';
import { searched } from '../search/searched.js';
import type { Strategy } from '../strategy.js';
import { checkRungs, ladderOf, promoteWithin, raced } from './rungs.js';
import type { SchedulerEntry } from './scheduler.js';

/** One ladder of rungs for all. */
const ladder: Schedule = {
  ends: (space) => rungSteps(ladderOf(space)),
  ...raced,
  promote: (space, candidates) => promoteWithin(space, candidates, rungSteps(ladderOf(space)).length),
  reduction: (space) => ladderOf(space).reduction,
  seedsBelow: (space) => ladderOf(space).rungSeeds,
  parallel: (space) => ladderOf(space).parallel,
};

export const asha: SchedulerEntry = {
  over: ({ proposer, points }) => searched(proposer, ladder, points) as Strategy,
  check: (scheduler, training) => checkRungs(scheduler, training, (of) => rungSteps(of).length),
};
