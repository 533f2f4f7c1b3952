/** @file How much parameters matter for being among the best: PED-ANOVA, and what chance alone would make of it. */
import { asLoss, type Direction } from '../direction.js';
import type { Draws } from '../draws.js';
import { density } from './density.js';
import { type Regime, regimesOf, type Tried } from './regimes.js';

/** The share of trials that count as the best. */
export const topShare = 0.1;

/** Trials that a form of a parameter needs: one alone has no spread. */
const leastOfForm = 2;

/** How much a parameter matters. Shares of all parameters sum to 1, or are all 0. */
export interface Importance {
  name: string;
  /** Pearson divergence between the best and all, times the squared share of the best. */
  divergence: number;
  share: number;
}

/** An importance with what resampling says of it. */
export interface ImportanceInterval extends Importance {
  /** Ends of the interval of the share, from samples of the trials with replacement. */
  low: number;
  high: number;
  /** How often a divergence as large was found where results were dealt at random to the configurations with a form of the parameter. */
  pValue: number;
}

/**
 * The importance of every parameter that can vary, largest first: how far its distribution among the best tenth is from that
 * among all. Watanabe, Bansal and Hutter, "PED-ANOVA", IJCAI 2023 (arXiv 2304.10255); a parameter that only some trials have, or
 * that has other bounds in some, is taken form by form (Theorem 4.2 of "Conditional PED-ANOVA", arXiv 2601.20800).
 *
 * @example
 * importances([{ space, point: { lr: 0.01, layers: 2 }, value: 0.9 }, …], 'maximize')
 * // [{ name: 'lr', divergence: 0.08, share: 0.91 }, { name: 'layers', divergence: 0.008, share: 0.09 }]
 */
export function importances(trials: readonly Tried[], direction: Direction): Importance[] {
  const once = new Float64Array(trials.length).fill(1);
  return ranked(divergences(variable(trials), once, topOf(lossOrder(trials, direction), once)));
}

/**
 * The same with intervals. Trials are sampled with replacement `samples` times for the ends of the interval at `confidence`, and
 * the best are dealt at random as often for the p-value. They are dealt among the trials that have the same form of the parameter:
 * which form is among the best is no merit of its values, but of the parameter that it depends on.
 */
export function importanceIntervals(
  trials: readonly Tried[],
  direction: Direction,
  { samples, confidence, draws }: { samples: number; confidence: number; draws: Draws },
): ImportanceInterval[] {
  const parameters = variable(trials);
  const order = lossOrder(trials, direction);
  const once = new Float64Array(trials.length).fill(1);
  const top = topOf(order, once);
  const found = ranked(divergences(parameters, once, top));
  const resampled = Array.from({ length: samples }, () => {
    const times = drawnTimes(trials.length, draws);
    return byName(ranked(divergences(parameters, times, topOf(order, times))));
  });
  const dealt = Array.from({ length: samples }, () =>
    divergences(parameters, once, top, (regime) => shuffled(top, regime, draws)),
  );
  return found.map((importance) => {
    const { name, divergence } = importance;
    const shares = resampled.map((sample) => sample.get(name)!.share).sort((a, b) => a - b);
    const larger = dealt.filter((sample) => sample.get(name)! >= divergence).length;
    const tail = (1 - confidence) / 2;
    return {
      ...importance,
      low: Math.min(quantile(shares, tail), importance.share),
      high: Math.max(quantile(shares, 1 - tail), importance.share),
      pValue: (larger + 1) / (samples + 1),
    };
  });
}

type Parameters = ReadonlyMap<string, readonly Regime[]>;

const variable = (trials: readonly Tried[]): Parameters =>
  new Map([...regimesOf(trials)].filter(([, regimes]) => regimes.length > 0));

interface LossOrder {
  /** Trials from the best to the worst. */
  order: readonly number[];
  losses: readonly number[];
}

function lossOrder(trials: readonly Tried[], direction: Direction): LossOrder {
  const losses = trials.map(({ value }) => asLoss(value, direction));
  return { losses, order: losses.map((_, index) => index).sort((a, b) => losses[a]! - losses[b]!) };
}

/** Marks the best tenth, and whatever ties with the last of them. `times` says how often each trial counts. */
function topOf({ order, losses }: LossOrder, times: Float64Array): Uint8Array {
  const total = times.reduce((sum, each) => sum + each, 0);
  const needed = Math.ceil(topShare * total);
  let counted = 0;
  const last = order.find((index) => {
    counted += times[index]!;
    return counted >= needed;
  });
  const cutoff = last === undefined ? Number.NEGATIVE_INFINITY : losses[last]!;
  return Uint8Array.from(losses, (loss) => (loss <= cutoff ? 1 : 0));
}

/** @param marksOf which trials a form of a parameter counts as the best; as many of those that have it as `top` marks */
function divergences(
  parameters: Parameters,
  times: Float64Array,
  top: Uint8Array,
  marksOf: (regime: Regime) => Uint8Array = () => top,
): Map<string, number> {
  const all = times.reduce((sum, each) => sum + each, 0);
  const best = times.reduce((sum, each, index) => sum + each * top[index]!, 0);
  if (best === 0) return new Map([...parameters.keys()].map((name) => [name, 0]));
  const of = (regime: Regime) => ofForm(regime, times, marksOf(regime), { all, best });
  return new Map(
    [...parameters].map(([name, regimes]) => [
      name,
      (best / all) ** 2 * regimes.reduce((sum, regime) => sum + of(regime), 0),
    ]),
  );
}

/** The divergence within one form of a parameter, weighted by how many of the best and of all have it. */
function ofForm(regime: Regime, times: Float64Array, top: Uint8Array, of: { all: number; best: number }): number {
  const [countsOfAll, countsOfBest] = [new Float64Array(regime.size), new Float64Array(regime.size)];
  let [all, best] = [0, 0];
  regime.cells.forEach((cell, index) => {
    if (cell < 0) return;
    countsOfAll[cell]! += times[index]!;
    all += times[index]!;
    if (!top[index]) return;
    countsOfBest[cell]! += times[index]!;
    best += times[index]!;
  });
  if (all < leastOfForm || best === 0) return 0;
  const [among, within] = [density(countsOfAll, regime), density(countsOfBest, regime)];
  const divergence = among.reduce((sum, share, cell) => sum + share * (within[cell]! / share - 1) ** 2, 0);
  return ((best / of.best) ** 2 / (all / of.all)) * divergence;
}

function ranked(found: ReadonlyMap<string, number>): Importance[] {
  const sum = [...found.values()].reduce((a, b) => a + b, 0);
  return [...found]
    .map(([name, divergence]) => ({ name, divergence, share: sum === 0 ? 0 : divergence / sum }))
    .sort((a, b) => b.divergence - a.divergence);
}

const byName = (all: readonly Importance[]) => new Map(all.map((each) => [each.name, each]));

function drawnTimes(count: number, draws: Draws): Float64Array {
  const times = new Float64Array(count);
  for (let drawn = 0; drawn < count; drawn++) times[Math.floor(draws() * count)]! += 1;
  return times;
}

/** The marks of the trials that have a form in another order (Fisher and Yates); the others have none. */
function shuffled(marks: Uint8Array, { members }: Regime, draws: Draws): Uint8Array {
  const dealt = new Uint8Array(marks.length);
  for (const index of members) dealt[index] = marks[index]!;
  for (let last = members.length - 1; last > 0; last--) {
    const [one, other] = [members[last]!, members[Math.floor(draws() * (last + 1))]!];
    [dealt[one], dealt[other]] = [dealt[other]!, dealt[one]!];
  }
  return dealt;
}

function quantile(sorted: readonly number[], p: number): number {
  const position = p * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below]!;
  return low + (position - below) * ((sorted[below + 1] ?? low) - low);
}
