/**
 * @file Clicks that are drawn from a truth that is known: a factorization machine (Rendle, "Factorization Machines", 2010) with
 * a bend. Everything follows from the seed; docs/tasks.md has the formulas, test/oracle/simulated/clicks.py is written from them.
 */
import { createRandom, type Random } from '@rankforge/peft';

/** Seed of all random numbers. Another seed is another data set, with a data hash of its own. */
export const CLICK_SEED = 2024;

/** Ids of each field, the most frequent first: id k is drawn with a probability in proportion to `(k + 1)^-EXPONENT`. */
export const CARDINALITIES: readonly number[] = [1200, 600, 300, 150, 80, 40, 20, 10];
const EXPONENT = 1.05;

/** Deviations of an id's weight and of each entry of its vector. */
const WEIGHT = 0.3;
const ENTRY = 0.4;
/** Entries of an id's vector. */
const RANK = 2;
const BIAS = -1.4;

const SIZES = { train: 100_000, validation: 5_000, test: 5_000 } as const;

/** Drawn examples. */
export interface Clicks {
  size: number;
  /** `[size, fields]` */
  ids: Int32Array;
  /** `[size]`: 1 for a click, else 0. */
  clicks: Int32Array;
  /** `[size]`: of the true probability of a click. Nobody who predicts sees it. */
  logits: Float64Array;
}

/** What is known of an id. */
interface Trait {
  weight: number;
  vector: readonly number[];
}

/** The three splits, drawn from one truth. */
export function drawClicks(): Record<keyof typeof SIZES, Clicks> {
  const random = createRandom(CLICK_SEED);
  const traits = CARDINALITIES.map((count, field) => traitsOf(count, random.fork(`field ${field}`)));
  const shares = CARDINALITIES.map(cumulativeShares);
  const split = (name: keyof typeof SIZES) => drawSplit(SIZES[name], random.fork(name), { traits, shares });
  return { train: split('train'), validation: split('validation'), test: split('test') };
}

function traitsOf(count: number, random: Random): Trait[] {
  return Array.from({ length: count }, () => ({
    weight: WEIGHT * random.normal(),
    vector: Array.from({ length: RANK }, () => ENTRY * random.normal()),
  }));
}

/** Share of ids up to each. */
function cumulativeShares(count: number): Float64Array {
  const weights = Float64Array.from({ length: count }, (_, id) => (id + 1) ** -EXPONENT);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  return weights.map((weight) => {
    sum += weight;
    return sum / total;
  });
}

function drawSplit(
  size: number,
  random: Random,
  { traits, shares }: { traits: readonly Trait[][]; shares: readonly Float64Array[] },
): Clicks {
  const ids = new Int32Array(size * shares.length);
  const clicks = new Int32Array(size);
  const logits = new Float64Array(size);
  for (let example = 0; example < size; example++) {
    const own = shares.map((cumulative) => firstAbove(cumulative, random.uniform()));
    ids.set(own, example * own.length);
    logits[example] = trueLogit(own.map((id, field) => traits[field]![id]!));
    clicks[example] = Number(random.uniform() < 1 / (1 + Math.exp(-logits[example]!)));
  }
  return { size, ids, clicks, logits };
}

/** `BIAS + Σ w + Σ over pairs of fields ⟨v, v′⟩ + tanh(Σ of the first entries)`. */
function trueLogit(traits: readonly Trait[]): number {
  let logit = BIAS;
  for (const { weight } of traits) logit += weight;
  for (let entry = 0; entry < RANK; entry++) {
    let sum = 0;
    let squares = 0;
    for (const { vector } of traits) {
      sum += vector[entry]!;
      squares += vector[entry]! ** 2;
    }
    // Twice the sum over pairs is the square of the sum less the squares.
    logit += (sum ** 2 - squares) / 2;
    if (entry === 0) logit += Math.tanh(sum);
  }
  return logit;
}

/** Index of the first value above `x`; the last one where rounding leaves none. */
function firstAbove(ascending: Float64Array, x: number): number {
  let [low, high] = [0, ascending.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! > x) high = middle;
    else low = middle + 1;
  }
  return low;
}
