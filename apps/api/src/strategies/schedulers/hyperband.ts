import { type Bracket, hyperband as bracketsOf, dealt } from '@rankforge/search';
import type { Schedule } from '../search/schedules.js';
import { searched } from '../search/searched.js';
import type { SearchSpace, Strategy } from '../strategy.js';
import { checkRungs, ladderOf, promoteWithin, raced } from './rungs.js';
import type { SchedulerEntry } from './scheduler.js';

interface Dealt {
  all: readonly Bracket[];
  /** The bracket of a configuration by its number. Rounds of all brackets follow each other. */
  bracketOf(number: number): number;
}

/** A step asks for the bracket of each configuration many times. */
const known = new WeakMap<SearchSpace, Dealt>();

function dealtIn(space: SearchSpace): Dealt {
  const before = known.get(space);
  if (before) return before;
  const all = bracketsOf(ladderOf(space));
  const round = dealt(all);
  const made: Dealt = { all, bracketOf: (number) => round[number % round.length]! };
  known.set(space, made);
  return made;
}

/** Configurations are dealt to brackets in turn, each an ASHA that begins on a higher rung than the one before. */
const brackets: Schedule = {
  ends: (space, number, begun) => {
    const { all, bracketOf } = dealtIn(space);
    const own = all.find(({ ends }) => ends[0] === begun);
    return (own ?? all[bracketOf(number)]!).ends;
  },
  ...raced,
  promote: (space, candidates) => {
    for (const { ends } of dealtIn(space).all) {
      const own = candidates.filter((candidate) => candidate.ends[0] === ends[0]);
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
