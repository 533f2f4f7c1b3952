/** @file How an estimate stands to a budget: the largest numbers that fit it, and the changes that make it fit. */

import type { Attention } from '../engine/chunk.js';
import type { LayerShape, Method } from '../method.js';
import { type ModelConfig, modelInput } from '../models/config.js';
import type { BaseDtype } from '../tensor/base-dtypes.js';
import type { Checkpointing } from '../training/checkpointing.js';
import { largestWithin, rankAtMost } from './largest-fitting.js';
import type { TorchAttention, TorchShard } from './torch/options.js';

/** The largest number that fits the budget while all else stays; null where even 1 does not, or there is no such number. */
export interface Largest {
  rank: number | null;
  batch: number | null;
  sequence: number | null;
}

/** What takes the place of what was asked for, and the peak with it. */
export interface Change extends Changed {
  /** Bytes at the peak. */
  total: number;
}

/** How a row stands to the budget. */
export interface Fit {
  /** Null: uncertain, as the budget lies within what the prediction may be off by. */
  fits: boolean | null;
  largest: Largest;
  /** Changes of which each makes a row fit for certain that does not, that of lowest cost first; empty where none does. */
  changes?: Change[];
}

export interface Changed {
  attention?: Attention | TorchAttention;
  batch?: number;
  checkpointing?: Checkpointing;
  rank?: number;
  dtype?: BaseDtype;
  sequence?: number;
  /** Cards that train together, and how they part what they hold. */
  gpus?: number;
  shard?: TorchShard;
}

export interface FitInput {
  model: ModelConfig;
  method: Pick<Method, 'maxRank'>;
  /** Shapes of the targeted layers. */
  shapes: readonly LayerShape[];
  /** What was asked for; a null rank where there is none. */
  asked: {
    rank: number | null;
    batch: number;
    sequence: number;
    checkpointing: Checkpointing;
    dtype: BaseDtype;
    /** Default 1. */
    gpus?: number;
  };
  /** True if several cards may part what they hold. */
  shards?: boolean;
  /** An attention that holds less than the one that was asked for, for the same numbers. */
  leaner?: Attention | TorchAttention | undefined;
  /** A length above which attention holds less than at it: bytes rise with the length up to it and from there on. */
  lighterAbove?: number | undefined;
  /** Bytes at the peak with what was asked for, at most. */
  total: number;
  /** The same at least. */
  least: number;
  /** Bytes of the base among them. */
  weights: number;
  budget: number;
  /** Whether the trial may have this rank. */
  takes(rank: number): boolean;
  /** Whether the trial may have these in the place of its own. */
  admits(changed: Pick<Changed, 'checkpointing' | 'dtype'>): boolean;
  /** Bytes at the peak, at most, with others in their place, which the trial may have; infinite where it cannot be planned with them. */
  peak(changed: Changed): number;
}

/** More rows than this are no batch of one device. */
const batchAtMost = 65_536;

export function fitOf(given: FitInput): Fit {
  const trial = { ...given, peak: askedOnce(given) };
  const fits = trial.total <= trial.budget || (trial.least <= trial.budget ? null : false);
  const largest = {
    rank: largestRank(trial, {}),
    batch: largestBatch(trial, {}),
    sequence: largestSequence(trial, {}),
  };
  return { fits, largest, ...(fits ? {} : { changes: changesOf(trial, largest) }) };
}

/**
 * Searches meet in the same numbers, and begin with those that were asked for. Only another type makes the base smaller: where the
 * base alone is beyond the budget, no step is walked to say so.
 */
function askedOnce({ asked, total, weights, budget, peak }: FitInput): FitInput['peak'] {
  const known = new Map<string, number>([['', total]]);
  return (changed) => {
    const isWhole = changed.gpus === undefined && (changed.dtype ?? asked.dtype) === asked.dtype;
    if (weights > budget && isWhole) return weights;
    const others = Object.entries(changed).filter(([name, value]) => asked[name as keyof typeof asked] !== value);
    const key = others.map(String).sort().join();
    const found = known.get(key) ?? peak(changed);
    known.set(key, found);
    return found;
  };
}

/** A leaner attention costs next to nothing, and goes before and with all other changes. */
function changesOf(trial: FitInput, largest: Largest): Change[] {
  const { leaner } = trial;
  if (leaner === undefined) return changesByCost(trial, largest);
  const lean = { ...trial, peak: (changed: Changed) => trial.peak({ attention: leaner, ...changed }) };
  const changes = changesByCost(lean, {
    batch: largestBatch(lean, {}, trial.asked.batch),
    rank: largestRank(lean, {}),
    sequence: largestSequence(lean, {}),
  });
  return changes.map((change) => ({ attention: leaner, ...change }));
}

/**
 * Changes are tried in the order of what they cost. A smaller batch and checkpointing cost time alone, for gradients of several batches
 * add up to those of a larger one. A lower rank may cost score, and so may a base of 4 bits. A shorter sequence cuts examples. More cards
 * cost money, and come last. A change that takes all that an earlier one does, and more, is left out.
 */
function changesByCost(trial: FitInput, { batch, rank, sequence }: Largest): Change[] {
  const { asked } = trial;
  const other = (change: Pick<Changed, 'checkpointing' | 'dtype'>): Changed => (trial.admits(change) ? change : {});
  const again = asked.checkpointing === 'none' ? other({ checkpointing: 'block' }) : {};
  const packed = { ...again, ...(asked.dtype === 'nf4' ? {} : other({ dtype: 'nf4' })) };
  const alone: Changed = { ...again, ...(asked.batch > 1 ? { batch: 1 } : {}) };
  const least: Changed = { ...alone, ...packed, ...((asked.rank ?? 1) > 1 ? { rank: 1 } : {}) };
  // A change is judged by whether all that was asked for fits, or by what part of it does.
  const withBatch = (beside: Changed) => made(beside, { batch: largestBatch(trial, beside, asked.batch) });
  const withRank = (beside: Changed) => made(beside, { rank: largestRank(trial, beside) });
  const withSequence = (beside: Changed) => made(beside, { sequence: largestSequence(trial, beside) });
  const withCards = (beside: Changed) => onMoreCards(trial, beside);
  const attempts: readonly [beside: Changed, change: (beside: Changed) => Changed | undefined][] = [
    [{}, () => made({}, { batch })],
    [again, withBatch],
    [{}, () => made({}, { rank })],
    [alone, withRank],
    [packed, withBatch],
    [alone, withSequence],
    [{}, () => made({}, { sequence })],
    [least, withSequence],
    [alone, withCards],
    [{}, withCards],
    [least, withCards],
  ];
  const changes: Changed[] = [];
  const isMore = (change: Changed) =>
    changes.some((earlier) => Object.keys(earlier).every((name) => Object.hasOwn(change, name)));
  for (const [beside, changed] of attempts) {
    const found = isMore(beside) ? undefined : changed(beside);
    if (!found) continue;
    const { batch: size, ...others } = found;
    const change = size === asked.batch ? others : found;
    if (!isMore(change)) changes.push(change);
  }
  return changes.map((change) => ({ ...change, total: trial.peak(change) }));
}

/** The cards of several servers. */
const cardsAtMost = 64;

/** The fewest cards that fit with all that they hold in shares. */
function onMoreCards({ asked, budget, shards, peak }: FitInput, beside: Changed): Changed | undefined {
  if (!shards) return undefined;
  for (let gpus = 2 ** Math.floor(Math.log2(asked.gpus ?? 1)) * 2; gpus <= cardsAtMost; gpus *= 2) {
    const change: Changed = { ...beside, gpus, shard: 'fsdp' };
    if (peak(change) <= budget) return change;
  }
  return undefined;
}

/** A change of several, unless the last of them can have no value. */
function made(beside: Changed, last: Partial<Largest>): Changed | undefined {
  return Object.values(last).includes(null) ? undefined : { ...beside, ...(last as Changed) };
}

const largestBatch = ({ asked, budget, peak }: FitInput, beside: Changed, bound = batchAtMost) =>
  largestWithin({
    bound,
    budget,
    known: asked.batch,
    bytes: (batch) => peak({ ...beside, batch }),
  });

function largestSequence({ model, asked, budget, peak, lighterAbove }: FitInput, beside: Changed): number | null {
  const input = modelInput(model);
  if (input.kind !== 'tokens') return null;
  const { contextLength: bound } = input;
  const within = (bound: number, from: number, known: number) => {
    const bytes = (more: number) => peak({ ...beside, sequence: from + more });
    const found = bound > from ? largestWithin({ bound: bound - from, budget, known: known - from, bytes }) : null;
    return found === null ? null : from + found;
  };
  if (lighterAbove === undefined) return within(bound, 0, asked.sequence);
  const longer = within(bound, lighterAbove, Math.max(asked.sequence, lighterAbove + 1));
  return longer ?? within(Math.min(bound, lighterAbove), 0, Math.min(asked.sequence, lighterAbove));
}

/** Ranks that a method refuses lie between those that it takes. The largest of all is asked first: it often fits. */
function largestRank({ method, shapes, asked, budget, takes, peak }: FitInput, beside: Changed): number | null {
  if (asked.rank === null) return null;
  const bound = peak(beside) <= budget ? rankAtMost(method, shapes) : asked.rank;
  const known = new Map<number, boolean>();
  const takesOnce = (rank: number) => {
    const taken = known.get(rank) ?? takes(rank);
    known.set(rank, taken);
    return taken;
  };
  const takenUpTo = (rank: number) => {
    for (let n = rank; n > 0; n--) if (takesOnce(n)) return n;
    return undefined;
  };
  const bytes = (rank: number) => {
    const taken = takenUpTo(rank);
    return taken === undefined ? 0 : peak({ ...beside, rank: taken });
  };
  if (bytes(bound) <= budget) return takenUpTo(bound) ?? null;
  const found = largestWithin({ bound, budget, known: asked.rank, bytes });
  return found === null ? null : (takenUpTo(found) ?? null);
}
