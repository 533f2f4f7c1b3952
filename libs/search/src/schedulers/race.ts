/**
 * @file Racing: of the trials on a rung, those that lose to the best for sure go no further, and those that cannot be told from it do.
 * Sources: Maron and Moore, "Hoeffding Races", NIPS 1993; Birattari, Stützle, Paquete and Varrentrapp, "A Racing Algorithm for
 * Configuring Metaheuristics", GECCO 2002. The test is that of irace's `t-test-bonferroni`: each against the best, on the same examples.
 */
import { pairedExamples } from '@rankforge/stats';
import { asLoss, type Direction } from '../direction.js';

/** A trial at the end of a rung, with the scores of the examples that it was judged by there, where they are known. */
export interface Racer {
  trial: string;
  value: number;
  examples?: readonly number[] | undefined;
}

export interface Race {
  /** Chance that the best trial is dropped by the luck of the examples, on all rungs together. */
  error: number;
  /** Rungs that trials are dropped at. */
  looks: number;
  /** So many of the best go on in any case. */
  places: number;
  /** So many go on at most, the best first. */
  most: number;
  direction: Direction;
  /** Whether a trial goes on although it loses to the best. */
  spares?(best: string, other: string): boolean;
}

/** The place of a trial in a race. */
export interface Raced {
  trial: string;
  goesOn: boolean;
  /** Against the best; null for the best itself, and where no test can be made. */
  pValue: number | null;
  /** It loses to the best, with the error that the race allows. */
  surely: boolean;
}

/** The level of a single test: all of them together keep to the error (Bonferroni). */
const levelOf = ({ error, looks }: Pick<Race, 'error' | 'looks'>, racers: number): number =>
  error / (looks * Math.max(1, racers - 1));

/**
 * Who goes on from a rung on which all results are in, the best first.
 *
 * @example race(results, { error: 0.05, looks: 1, places: 1, most: 2, direction: 'maximize' })
 */
export function race(racers: readonly Racer[], given: Race): Raced[] {
  const { places, most, direction, spares } = given;
  const sorted = racers.toSorted((a, b) => asLoss(a.value, direction) - asLoss(b.value, direction));
  const [best] = sorted;
  const level = levelOf(given, sorted.length);
  let left = Math.max(places, most);
  return sorted.map(({ trial, examples }, place) => {
    const known = place > 0 && best!.examples !== undefined && examples?.length === best!.examples.length;
    const pValue = known ? pairedExamples(best!.examples!, examples!) : null;
    const surely = pValue !== null && pValue <= level;
    const stays = pValue !== null && (!surely || spares?.(best!.trial, trial) === true);
    const goesOn = left > 0 && (place < places || stays);
    if (goesOn) left -= 1;
    return { trial, goesOn, pValue, surely };
  });
}
