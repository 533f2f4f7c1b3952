/** @file How an estimate stands to a budget: the largest numbers that fit it, and the cheapest change that makes it fit. */
import type { LayerShape, Method } from '../method.js';
import { type ModelConfig, modelInput } from '../models/config.js';
import { largestFitting, largestWithin, rankAtMost } from './largest-fitting.js';

/** The largest number that fits the budget while all else stays; null where even 1 does not, or there is no such number. */
export interface Largest {
  rank: number | null;
  batch: number | null;
  sequence: number | null;
}

/** Numbers in the place of those that were asked for, and the peak with them. */
export interface Change {
  rank?: number;
  batch?: number;
  sequence?: number;
  /** Bytes at the peak. */
  total: number;
}

/** How a row stands to the budget. */
export interface Fit {
  fits: boolean;
  largest: Largest;
  /** The change of lowest cost that makes a row fit that does not; null where none does. */
  change?: Change | null;
}

interface Numbers {
  rank?: number;
  batch?: number;
  sequence?: number;
}

export interface FitInput {
  model: ModelConfig;
  method: Pick<Method, 'maxRank'>;
  /** Shapes of the targeted layers. */
  shapes: readonly LayerShape[];
  /** The setting that was asked for; a null rank where there is none. */
  asked: { rank: number | null; batch: number; sequence: number };
  /** Bytes at the peak with what was asked for. */
  total: number;
  budget: number;
  /** Bytes at the peak with other numbers in their place; infinite where the trial is refused. */
  peak(changed: Numbers): number;
}

/** More rows than this are no batch of one device. */
const batchAtMost = 65_536;

export function fitOf(trial: FitInput): Fit {
  const fits = trial.total <= trial.budget;
  const largest = {
    rank: largestRank(trial, {}),
    batch: largestBatch(trial, {}),
    sequence: largestSequence(trial, {}),
  };
  return { fits, largest, ...(fits ? {} : { change: cheapestChange(trial, largest) }) };
}

/**
 * Changes are tried in the order of what they cost. A smaller batch costs time alone, for gradients of several add up to those
 * of a larger one. A lower rank may cost score. A shorter sequence cuts examples, and comes last. Where a rank or a sequence does not
 * suffice beside the batch that was asked for, it is tried beside a batch of 1, and a sequence beside a rank of 1 as well.
 */
function cheapestChange(trial: FitInput, { batch, rank }: Largest): Change | null {
  const { asked } = trial;
  const alone: Numbers = asked.batch > 1 ? { batch: 1 } : {};
  const least: Numbers = (asked.rank ?? 1) > 1 ? { ...alone, rank: 1 } : alone;
  const change =
    made({}, { batch }) ??
    made({}, { rank }) ??
    (asked.batch > 1 ? made(alone, { rank: largestRank(trial, alone) }) : undefined) ??
    made(alone, { sequence: largestSequence(trial, alone) }) ??
    made(least, { sequence: largestSequence(trial, least) });
  return change ? { ...change, total: trial.peak(change) } : null;
}

/** A change of several numbers, unless the last of them can have no value. */
function made(beside: Numbers, last: { [Name in keyof Numbers]: number | null }): Numbers | undefined {
  return Object.values(last).includes(null) ? undefined : { ...beside, ...(last as Numbers) };
}

const largestBatch = ({ asked, budget, peak }: FitInput, beside: Numbers) =>
  largestWithin({
    bound: batchAtMost,
    budget,
    known: asked.batch,
    bytes: (batch) => peak({ ...beside, batch }),
  });

function largestSequence({ model, asked, budget, peak }: FitInput, beside: Numbers): number | null {
  const input = modelInput(model);
  if (input.kind !== 'tokens') return null;
  const bytes = (sequence: number) => peak({ ...beside, sequence });
  return largestWithin({ bound: input.contextLength, budget, known: asked.sequence, bytes });
}

/** Ranks that a method refuses lie between those that it takes. The largest of all is asked first: it often fits. */
function largestRank({ method, shapes, asked, budget, peak }: FitInput, beside: Numbers): number | null {
  if (asked.rank === null) return null;
  const bound = rankAtMost(method, shapes);
  const known = new Map<number, number>();
  const bytes = (rank: number) => {
    const found = known.get(rank) ?? peak({ ...beside, rank });
    known.set(rank, found);
    return found;
  };
  const fits = (rank: number) => bytes(rank) <= budget;
  if (fits(bound)) return bound;
  const found = largestFitting({ bound, allowed: (rank) => Number.isFinite(bytes(rank)), fits });
  return found !== undefined && fits(found) ? found : null;
}
