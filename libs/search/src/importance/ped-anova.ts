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
  const dealt = Array.from({ length: samples }, dealer(parameters, top, draws));
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
  const marks = new Uint8Array(order.length);
  const needed = Math.ceil(topShare * sumOf(times));
  let counted = 0;
  let cutoff = Number.POSITIVE_INFINITY;
  for (const index of order) {
    if (losses[index]! > cutoff) break;
    marks[index] = 1;
    counted += times[index]!;
    if (counted >= needed) cutoff = losses[index]!;
  }
  return marks;
}

/** How often each trial counts, and how often those that are marked do, in sum. */
interface Totals {
  all: number;
  best: number;
}

function divergences(parameters: Parameters, times: Float64Array, top: Uint8Array): Map<string, number> {
  const totals = { all: sumOf(times), best: sumOf(times.map((each, trial) => each * top[trial]!)) };
  return byParameter(parameters, totals, (regime) => {
    const [all, best] = [new Float64Array(regime.size), new Float64Array(regime.size)];
    for (let member = 0; member < regime.members.length; member++) {
      const trial = regime.members[member]!;
      const cell = regime.cells[member]!;
      all[cell]! += times[trial]!;
      best[cell]! += times[trial]! * top[trial]!;
    }
    return ofForm(regime, { all, best }, totals);
  });
}

/** Divergences where the marks of the best are dealt at random, anew at each call, among the trials that have a form of a parameter. */
function dealer(parameters: Parameters, top: Uint8Array, draws: Draws): () => Map<string, number> {
  const totals = { all: top.length, best: sumOf(top) };
  // All trials of a form are the same in every deal, and as many of them are the best.
  const forms = new Map(
    [...parameters.values()].flat().map((regime) => {
      const all = countsOf(regime, new Uint8Array(regime.members.length).fill(1));
      const marks = Uint8Array.from(regime.members, (trial) => top[trial]!);
      return [regime, { all, among: density(all, regime), marks }];
    }),
  );
  return () =>
    byParameter(parameters, totals, (regime) => {
      const { all, among, marks } = forms.get(regime)!;
      return ofForm(regime, { all, best: countsOf(regime, shuffled(marks, draws)) }, totals, among);
    });
}

const byParameter = (parameters: Parameters, { all, best }: Totals, of: (regime: Regime) => number) =>
  new Map(
    [...parameters].map(([name, regimes]) => [
      name,
      (best / all) ** 2 * regimes.reduce((sum, regime) => sum + of(regime), 0),
    ]),
  );

/** How many marked members lie in each cell. */
function countsOf({ cells, size }: Regime, marks: Uint8Array): Float64Array {
  const counts = new Float64Array(size);
  for (let member = 0; member < marks.length; member++) counts[cells[member]!]! += marks[member]!;
  return counts;
}

/**
 * The divergence within one form of a parameter, weighted by how many of the best and of all have it.
 * @param among the density of all, where it is known
 */
function ofForm(
  regime: Regime,
  counts: { all: Float64Array; best: Float64Array },
  of: Totals,
  among?: Float64Array,
): number {
  const [all, best] = [sumOf(counts.all), sumOf(counts.best)];
  if (all < leastOfForm || best === 0) return 0;
  const within = density(counts.best, regime);
  const divergence = (among ?? density(counts.all, regime)).reduce(
    (sum, share, cell) => sum + share * (within[cell]! / share - 1) ** 2,
    0,
  );
  return ((best / of.best) ** 2 / (all / of.all)) * divergence;
}

function sumOf(values: Float64Array | Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += values[at]!;
  return sum;
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

/** The marks in another order (Fisher and Yates). */
function shuffled(marks: Uint8Array, draws: Draws): Uint8Array {
  const dealt = marks.slice();
  for (let last = dealt.length - 1; last > 0; last--) {
    const other = Math.floor(draws() * (last + 1));
    const mark = dealt[last]!;
    dealt[last] = dealt[other]!;
    dealt[other] = mark;
  }
  return dealt;
}

function quantile(sorted: readonly number[], p: number): number {
  const position = p * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below]!;
  return low + (position - below) * ((sorted[below + 1] ?? low) - low);
}
