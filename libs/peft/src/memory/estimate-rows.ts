/** @file Estimates of many methods and ranks beside each other, and the largest numbers that a budget allows. */
import { type Attention, attentionRows, LONGEST_WHOLE } from '../engine/chunk.js';
import type { MemoryParts } from '../engine/memory-parts.js';
import { type EngineName, traitsOf } from '../engine/traits.js';
import { type Method, type Optimizer, onlyPretrains } from '../method.js';
import { linearLayers, type ModelConfig, notRun } from '../models/config.js';
import type { BaseDtype, ComputeDtype } from '../tensor/base-dtypes.js';
import type { Checkpointing } from '../training/checkpointing.js';
import { PlanError } from '../training/plan-error.js';
import type { Refusal } from '../training/refusals/refusal.js';
import type { RefusedField } from '../training/refusals/rule.js';
import type { CardBytes } from './cards.js';
import { admitted, built, type EstimateInput, estimate } from './estimate.js';
import { type Changed, type Fit, type FitInput, fitOf } from './estimate-fit.js';
import { atOnce } from './formula-costs.js';
import { countTrainable, type PredictInput, predictMemory } from './predict.js';
import { predictProducts } from './step-products.js';
import type { Interval } from './torch/intervals.js';
import type { TorchOptions } from './torch/options.js';
import { predictTorch, type TorchMemory } from './torch/predict.js';
import { type Seconds, secondsOf } from './torch/time.js';
import { traitsFor } from './trace.js';

export interface EstimateRequest {
  model: ModelConfig;
  methods: readonly Method[];
  /** Ranks of methods, and of an optimizer, that have one. Omitted: their defaults. */
  ranks?: readonly number[] | undefined;
  /** Settings of a method by its name, apart from its rank. Default: those of the method. */
  configs?: Readonly<Record<string, object>> | undefined;
  targets: readonly string[];
  /** Dropout of the input of adapters. Default: none. */
  dropout?: number | undefined;
  optimizer: Optimizer;
  /** Default `wasm`. */
  engine?: EngineName | undefined;
  batchSize: number;
  sequence: number;
  /** Outputs of a head that is trained; omitted: the next token is predicted. */
  classes?: number | undefined;
  /** Default: all is kept. */
  checkpointing?: Checkpointing | undefined;
  /** How an engine of this library holds scores of attention. Default: as the length suggests. */
  attention?: Attention | undefined;
  /** Type of products with frozen kernels on an engine of this library. Default: float32. */
  computeDtype?: ComputeDtype | undefined;
  /** Type of the kernels of the base. Default: float32; of `torch`, bfloat16. */
  dtype?: BaseDtype | undefined;
  /** Asks for what transformers and peft hold on CUDA, set up like this. Absent: what an engine of this library holds. */
  torch?: TorchSetup | undefined;
  /** Bytes that are to suffice. Where the engine can hold fewer, rows are held to these. */
  budget?: number | undefined;
  /** Forward passes of one optimizer step. Default 1. */
  accumulate?: number | undefined;
  /** Examples of an epoch. */
  examples?: number | undefined;
  /** The card that the budget is what is left of. */
  card?: CardBytes | undefined;
  /** Cards of which each row says those that hold it. */
  offered?: readonly CardBytes[] | undefined;
}

/** A set-up of torch apart from what both profiles have. */
export type TorchSetup = Omit<TorchOptions, 'dtype' | 'checkpointing' | 'parts'>;

/** One method at one rank. */
interface Contender {
  method: string;
  /** Null where neither method nor optimizer has a rank. */
  rank: number | null;
}

export interface EstimateRow extends Contender, Partial<Fit> {
  memory: MemoryParts;
  trainableParameters: number;
  /** Bytes in torch beside the peak that `memory` says. A budget is held against the interval of `reserved`. */
  torch?: Omit<TorchMemory, 'memory'>;
  /** Seconds of a step on the card, and hours of an epoch where its examples are known. */
  time?: { step: Seconds; epoch?: Seconds };
  /** Names of the offered cards that hold it for certain, in their order. */
  cards?: string[];
  /** Why the engines of this library cannot compute the row, though its bytes follow from shapes. */
  beyondEngine?: string;
}

export interface Refused extends Contender {
  reason: string;
  /** The field of a training that is to be changed. Absent where the reason says it, or none is. */
  field?: RefusedField;
}

/**
 * Estimates every method at every rank: rows in the order of their peaks, and what cannot be trained with its reason.
 *
 * @example
 * estimateRows({ model, methods, targets: ['query', 'value'], optimizer, batchSize: 1, sequence: 512 }).rows[0]?.memory.total;
 */
export function estimateRows(request: EstimateRequest): { rows: EstimateRow[]; refused: Refused[] } {
  const rows: EstimateRow[] = [];
  const refused: Refused[] = [];
  for (const method of request.methods) {
    const ranks = hasRank(request, method) ? (request.ranks ?? [undefined]) : [undefined];
    for (const rank of ranks) {
      const made = attempt(request, method, rank);
      if ('reason' in made) refused.push({ method: method.name, rank: rank ?? null, ...made });
      else {
        const { budget, offered } = request;
        rows.push({
          ...made,
          ...(offered && { cards: offered.filter(({ left }) => between(made).high <= left).map(({ name }) => name) }),
          ...(budget === undefined ? {} : fitOf(trialOf(request, method, made))),
        });
      }
    }
  }
  return { rows: rows.sort((a, b) => needed(a) - needed(b)), refused };
}

/** Bytes that the engine of a request can hold under any budget; undefined where its device alone says. Of torch none is known. */
export const mostBytesOf = ({
  engine = 'wasm',
  torch,
}: Pick<EstimateRequest, 'engine' | 'torch'>): number | undefined => (torch ? undefined : traitsOf(engine).mostBytes);

const hasRank = ({ optimizer }: EstimateRequest, method: Method): boolean => method.usesRank || optimizer.usesRank;

/** Values in the place of those of the request. */
interface Changes {
  batchSize?: number | undefined;
  sequence?: number | undefined;
  checkpointing?: Checkpointing | undefined;
  dtype?: BaseDtype | undefined;
}

type Because = Pick<Refused, 'reason' | 'field'>;

/** A row, or why there is none. */
function attempt(request: EstimateRequest, method: Method, rank: number | undefined): EstimateRow | Because {
  const configured = configuredAt(request, method, rank);
  if (typeof configured === 'string') return { reason: configured };
  const input = inputOf(request, method, configured, {});
  const made = orReason((): EstimateRow | Because => {
    const made = request.torch ? inTorch(input, request.torch) : estimate(input);
    if ('reason' in made) return made;
    const { memory } = made;
    const used = [method.usesRank && input.config, request.optimizer.usesRank && input.optimizerConfig].find(Boolean);
    const beyond = request.torch ? undefined : beyondEngine(request, method, input.config);
    return {
      method: method.name,
      rank: used ? (used as { rank: number }).rank : null,
      memory,
      trainableParameters: 'torch' in made ? countTrainable(made.input) : made.trainableParameters,
      ...('torch' in made ? { torch: made.torch, ...timeOf(request, made) } : {}),
      ...(beyond === undefined ? {} : { beyondEngine: beyond }),
    };
  });
  return typeof made === 'string' ? { reason: made } : made;
}

/** The time on the card that was asked about; none where nobody says what the trial multiplies. */
function timeOf(
  { card, examples, batchSize, accumulate = 1, checkpointing = 'none', torch }: EstimateRequest,
  { input, weights }: EstimateInTorch,
): Pick<EstimateRow, 'time'> {
  const products = card && notRun(input.model) === undefined && predictProducts({ ...input, checkpointing });
  if (!card || !products) return {};
  const step = secondsOf({ products, weights, accumulate, options: { checkpointing } }, card);
  if (examples === undefined) return { time: { step } };
  const steps = Math.ceil(examples / (batchSize * accumulate * (torch?.gpus ?? 1)));
  return { time: { step, epoch: { low: (steps * step.low) / 3600, high: (steps * step.high) / 3600 } } };
}

type Configured = Pick<EstimateInput, 'config' | 'optimizerConfig'>;

/** Method and optimizer at a rank, or why it cannot be. */
function configuredAt(
  { optimizer, configs }: EstimateRequest,
  method: Method,
  rank: number | undefined,
): Configured | string {
  const config = parsed(method, rank, configs?.[method.name]);
  const optimizerConfig = parsed(optimizer, rank);
  if (!config.success) return said(method.name, config.error.issues);
  if (!optimizerConfig.success) return said(optimizer.name, optimizerConfig.error.issues);
  return { config: config.data, optimizerConfig: optimizerConfig.data };
}

/** The trial that is estimated. */
function inputOf(request: EstimateRequest, method: Method, configured: Configured, changes: Changes): EstimateInput {
  const { model, targets, optimizer, engine, classes, attention, computeDtype, accumulate, dropout } = request;
  const { batchSize = request.batchSize, sequence = request.sequence } = changes;
  const { checkpointing = request.checkpointing, dtype = request.dtype } = changes;
  const initial = onlyPretrains(method) ? { initial: 'random' as const } : {};
  return {
    model,
    method,
    ...configured,
    targets,
    optimizer,
    engine,
    batchSize,
    sequence,
    checkpointing,
    attention,
    computeDtype,
    accumulate,
    baseDtype: dtype,
    ...(dropout === undefined ? {} : { dropout }),
    ...(classes === undefined ? {} : { classes }),
    ...initial,
  };
}

/** The result of some work, or why the trial that it is about cannot be planned. */
function orReason<T>(work: () => T): T | string {
  try {
    return work();
  } catch (error) {
    if (error instanceof PlanError) return error.message;
    throw error;
  }
}

function parsed({ config, usesRank }: Method | Optimizer, rank: number | undefined, settings: object = {}) {
  // Most are read once, which takes less than to compile them.
  return config.safeParse({ ...settings, ...(usesRank && rank !== undefined ? { rank } : {}) }, { jitless: true });
}

function said(name: string, [issue]: readonly { path: readonly PropertyKey[]; message: string }[]): string {
  return `${name}: ${[issue!.path.join('.'), issue!.message].filter(Boolean).join(': ')}`;
}

function beyondEngine({ model, targets }: EstimateRequest, method: Method, config: unknown): string | undefined {
  for (const { name, path, shape } of linearLayers(model)) {
    const reason = targets.includes(name) ? method.beyondEngine?.(shape, config) : undefined;
    if (reason !== undefined) return `${path}: ${reason}`;
  }
  return undefined;
}

/** The same trial in torch: refused for what has no sense anywhere, and not for what an engine of this library lacks. */
function inTorch(input: EstimateInput, setup: TorchSetup): EstimateInTorch | Refusal {
  const { baseDtype: dtype = 'bfloat16', checkpointing = 'none', engine: _, ...trial } = input;
  const made = admitted(trial);
  if ('reason' in made) return made;
  const options = { ...setup, dtype, checkpointing };
  const { memory, ...torch } = predictTorch({ ...made, options });
  // A card of several reads what it gathers too: all of the base.
  const { weights } =
    setup.gpus === undefined ? memory : predictTorch({ ...made, options: { ...options, gpus: 1 } }).memory;
  return { input: made, memory, torch, weights };
}

interface EstimateInTorch {
  input: PredictInput;
  memory: EstimateRow['memory'];
  torch: Omit<TorchMemory, 'memory'>;
  /** Bytes of the whole base. */
  weights: number;
}

/** Bytes that are looked for. */
const needed = ({ memory, torch }: Pick<EstimateRow, 'memory' | 'torch'>): number => torch?.reserved ?? memory.total;

/** Bytes that a budget must have, at least and at most: an engine of this library is held to its prediction. */
const between = ({ memory, torch }: Pick<EstimateRow, 'memory' | 'torch'>): Interval =>
  torch?.intervals.reserved ?? { low: memory.total, high: memory.total };

/** What of the request decides whether a row fits. */
function trialOf(request: EstimateRequest, method: Method, row: EstimateRow): FitInput {
  const { model, targets, batchSize, sequence, checkpointing = 'none', budget } = request;
  const { rank } = row;
  const dtype = request.dtype ?? (request.torch ? 'bfloat16' : 'float32');
  const shapes = linearLayers(model).flatMap(({ name, shape }) => (targets.includes(name) ? [shape] : []));
  const unlike = [...new Set(shapes)];
  // One configuration for all that is tried at a rank, which has one plan.
  const configured = new Map<number | undefined, Configured | string>();
  const at = (rank: number | undefined) => {
    const made = configured.get(rank) ?? configuredAt(request, method, rank);
    configured.set(rank, made);
    return made;
  };
  const admits = (own: Configured, changes: Changes) => {
    const made = orReason(() => admitted(inputOf(request, method, own, changes)));
    return typeof made !== 'string' && !('reason' in made);
  };
  return {
    model,
    method,
    shapes,
    asked: { rank, batch: batchSize, sequence, checkpointing, dtype, gpus: request.torch?.gpus ?? 1 },
    shards: request.torch !== undefined && request.torch.update !== 'per-layer',
    leaner: leanerAttention(request),
    lighterAbove: lighterAbove(request),
    total: between(row).high,
    least: between(row).low,
    weights: row.memory.weights,
    budget: Math.min(budget!, mostBytesOf(request) ?? Number.POSITIVE_INFINITY),
    takes(rank) {
      const own = at(rank);
      // A shape refuses most ranks that are refused, and is asked before anything is planned.
      if (typeof own === 'string' || unlike.some((shape) => method.unfit?.(shape, own.config, shapes))) return false;
      return admits(own, {});
    },
    admits(changed) {
      const own = at(rank ?? undefined);
      // Types and checkpointing of torch are refused by nothing here.
      return request.torch !== undefined || (typeof own !== 'string' && admits(own, changed));
    },
    peak(changed) {
      const { rank: to = rank ?? undefined, batch, attention, gpus, shard, ...others } = changed;
      const lean = attention ? withAttention(request, attention) : request;
      const asked = lean.torch && gpus ? { ...lean, torch: { ...lean.torch, gpus, shard } } : lean;
      const own = at(to);
      if (typeof own === 'string') return Number.POSITIVE_INFINITY;
      const input = inputOf(asked, method, own, { ...others, batchSize: batch });
      const made = orReason(() => peakOf(asked, input));
      return typeof made === 'string' ? Number.POSITIVE_INFINITY : made;
    },
  };
}

/** Attention in the place of one that holds all scores, whether it was asked for or follows from the length. */
function leanerAttention({ torch, engine, attention, sequence }: EstimateRequest): Changed['attention'] {
  if (torch) return torch.attention === 'eager' ? 'sdpa' : undefined;
  if (atOnce(traitsFor({ engine }))) return undefined;
  return attentionRows(sequence, 'chunked') < attentionRows(sequence, attention) ? 'chunked' : undefined;
}

/** Tokens above which scores are held in another way, without a word. */
function lighterAbove({ torch, engine, attention }: EstimateRequest): number | undefined {
  return torch || attention || atOnce(traitsFor({ engine })) ? undefined : LONGEST_WHOLE;
}

function withAttention(request: EstimateRequest, attention: NonNullable<Changed['attention']>): EstimateRequest {
  return request.torch
    ? { ...request, torch: { ...request.torch, attention: attention as TorchSetup['attention'] } }
    : { ...request, attention: attention as Attention };
}

function peakOf(request: EstimateRequest, input: EstimateInput): number | string {
  if (!request.torch) return predictMemory({ ...input, optimizer: built(input) }).total;
  const made = inTorch(input, request.torch);
  return 'reason' in made ? made.reason : between(made).high;
}
