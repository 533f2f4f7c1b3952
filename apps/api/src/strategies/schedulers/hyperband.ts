import { bracketOf, hyperband as bracketsOf } from '@rankforge/search';
import type { Schedule } from '../search/schedules.js';
import { searched } from '../search/searched.js';
import type { Strategy } from '../strategy.js';
import { checkRungs, finishBest, ladderOf, promoteWithin } from './rungs.js';
import type { SchedulerEntry } from './scheduler.js';

/** Configurations are dealt to brackets, each an ASHA that begins on a higher rung than the one before. */
const brackets: Schedule = {
  ends: (space, number) => {
    const all = bracketsOf(ladderOf(space));
    return all[bracketOf(number, all)]!.ends;
  },
  finish: (space, candidates) => {
    const all = bracketsOf(ladderOf(space));
    return finishBest(space, candidates, (number) => all[bracketOf(number, all)]!.ends.length);
  },
  promote: (space, candidates) => {
    const all = bracketsOf(ladderOf(space));
    for (const [index, { ends }] of all.entries()) {
      const own = candidates.filter(({ number }) => bracketOf(number, all) === index);
      const promotion = promoteWithin(space, own, ends.length);
      if (promotion) return promotion;
    }
    return undefined;
  },
  reduction: (space) => ladderOf(space).reduction,
  seedsBelow: (space) => ladderOf(space).rungSeeds,
  parallel: (space) => ladderOf(space).parallel,
};

export const hyperband: SchedulerEntry = {
  over: ({ proposer, points }) => searched(proposer, brackets, points) as Strategy,
  check: (scheduler, training) => checkRungs(scheduler, training, (ladder) => bracketsOf(ladder).length),
};
