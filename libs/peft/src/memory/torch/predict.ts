/** @file Predicts what a training in transformers and peft holds on CUDA: between steps, at the peak, and what the allocator reserves for it. */
import type { MemoryParts } from '../../engine/memory-parts.js';
import type { GradientPart, ParameterInfo } from '../../method.js';
import { architectureOf, type ModelConfig } from '../../models/config.js';
import { trainedConfig } from '../../models/pruning.js';
import { sizeOf } from '../../tensor/shape.js';
import type { TrialPlan } from '../../training/plan.js';
import { PlanError } from '../../training/plan-error.js';
import type { PlanOptions } from '../../training/plan-options.js';
import { planTraining } from '../../training/refusals/refusal.js';
import { baseOnce, trainedOnce } from '../plan-sizes.js';
import { predictState } from '../state.js';
import { fusedLossOf } from './fused-loss.js';
import { traceTorch } from './graph.js';
import { intervalsOf, type TorchIntervals } from './intervals.js';
import {
  adapterBytes,
  baseBytes,
  computeBytes,
  isAutocast,
  isQuantized,
  kernelBytes,
  openedBytes,
  type TorchOptions,
} from './options.js';
import { packedOf } from './packed.js';
import { type SavedTensors, sum, type TorchValue } from './saved.js';
import { restOf } from './segments.js';
import { shardedOver } from './sharded.js';
import { type Applied, appliedMost, updateOf } from './update.js';

export interface TorchInput extends PlanOptions {
  optimizer: GradientPart;
  batchSize: number;
  /** Tokens of an example, padding included. */
  sequence: number;
  /** Forward passes of one optimizer step; with several, gradients of those before are held. Default 1. */
  accumulate?: number | undefined;
  /** Default 0. */
  dropout?: number | undefined;
  options: TorchOptions;
}

export interface TorchMemory {
  /** Bytes allocated at the peak, by part. */
  memory: MemoryParts;
  /** Bytes allocated between two steps: gradients and the last outputs are still there. */
  steady: number;
  /** Bytes that the allocator takes from the driver for the peak, apart from what it loses by the order in which tensors come and go. */
  reserved: number;
  /** Bounds of each, from what is known of its terms. */
  intervals: TorchIntervals;
  /** Bytes of optimizer state in paged memory, which the allocator does not count. */
  paged: number;
  /** The peak: as the loss is differentiated, as a block is run again, or as the optimizer updates. */
  moment: 'loss' | 'block' | 'update';
}

const FLOAT32 = 4;

/** cuBLAS takes `:4096:2:16:8` KiB from the allocator, as on cards before Hopper: aten/src/ATen/cuda/CublasHandlePool.cpp. */
const cublas = (2 * 4096 + 8 * 16) * 1024;

/**
 * Predicts from shapes alone; docs/estimates.md derives the terms.
 *
 * @throws PlanError as `planTraining`
 * @example
 * predictTorch({ model, method, config, targets, optimizer, batchSize: 4, sequence: 512, options: defaultTorchOptions }).memory.total;
 */
export function predictTorch(asked: TorchInput): TorchMemory {
  const { method } = asked;
  const model = trainedConfig(asked.model, method, asked.config);
  const plan = planTraining({ ...asked, model });
  const set = method.sequence?.peft.inBaseType ? { ...asked.options, adapters: 'model' as const } : asked.options;
  const input = { ...asked, options: preparedFor(plan, model, set) };
  const { options } = input;
  const wraps = plan.adapters.length > 0;
  const state = predictState({
    ...input,
    baseBytes: baseBytes(options),
    adapterBytes: adapterBytes(options),
    inPeft: true,
    copiesTrainedBase: wraps,
  });
  const ofRank = adapterBytes(options) * (method.rank?.memory(plan.layers, asked.config).state ?? 0);
  const update = updateOf({ plan, optimizer: asked.optimizer, state, ofRank, options });
  const { applied, gradient } = update;
  const { saved, hidden, cache, given, tokens } = traceTorch({
    ...input,
    model,
    plan,
    dropout: input.dropout ?? 0,
    applied,
    gradient,
  });
  // The loss and the head are differentiated before all else, and what they save is gone then.
  const backward = saved.backward;
  const ofBlocks = saved.bytes;
  const loss = lossOf({ ...input, model }, plan, hidden, saved);
  const weights = weightsOf({ ...input, model }, plan);
  const inPass = options.update === 'per-layer';
  const alone = {
    ...{ weights, adapters: state.adapters, optimizer: update.state },
    gradients: inPass ? 0 : state.gradients,
  };
  const { buckets, gathered, gradients, scratch, paged, ...held } = shardedOver(
    { ...alone, scratch: update.scratch, paged: update.paged },
    { plan, model, options },
  );
  const accumulated = (input.accumulate ?? 1) > 1 ? gradients : 0;
  const tables = tablesOf({
    ...{ info: plan.info, tokens, model, classes: input.classes, update, hidden, ofBlocks },
    kept: cache + given,
    outputs: loss.outputs,
  });
  const peaks = {
    loss: {
      gradients: accumulated,
      activations: saved.bytes + cache + given,
      workspace: loss.outputs + loss.differentiated + buckets + gathered.loss,
    },
    block: {
      gradients: Math.max(accumulated, tables.first) + backward.gradient,
      activations: backward.saved + cache + given,
      workspace: loss.outputs + backward.scratch + buckets + gathered.block,
    },
    update: inPass ? tables.update : { gradients, activations: cache, workspace: loss.outputs + scratch + buckets },
  };
  const { forward } = gathered;
  const ahead = forward && [
    { activations: hidden.bytes + cache + given, workspace: forward.first },
    { activations: saved.bytes - backward.over + cache + given, workspace: forward.last },
  ];
  for (const each of ahead ?? []) {
    const moment = { gradients: accumulated, ...each };
    if (sum(Object.values(moment)) > sum(Object.values(peaks.block))) peaks.block = moment;
  }
  const { last } = saved;
  const ends = {
    gradients: inPass ? 0 : Math.max(accumulated, gradients - tables.after + last.gradient),
    activations: last.saved + hidden.bytes + cache + given,
    workspace: loss.outputs + last.scratch + buckets + gathered.block,
  };
  if (sum(Object.values(ends)) > sum(Object.values(peaks.block))) peaks.block = ends;
  const moment = (Object.keys(peaks) as TorchMemory['moment'][]).reduce((most, each) =>
    sum(Object.values(peaks[each])) > sum(Object.values(peaks[most])) ? each : most,
  );
  const peak = peaks[moment];
  const products = options.device === 'cpu' ? 0 : cublas;
  const parts = { ...held, ...peak, workspace: peak.workspace + products };
  const total = sum(Object.values(parts));
  const copies = (peak.gradients + held.optimizer) / Math.max(1, state.gradients);
  // A tensor has a share of what a segment leaves, and some tensors have moments where others have none: neither is a whole number.
  const rests = Math.round(
    copies * restsOf(plan.info, state.gradients) + (moment === 'update' ? 0 : saved.sumOf(restOf)),
  );
  const reserved = total + rests;
  const steady = sum(Object.values(held)) + gradients + cache + loss.outputs + products + buckets;
  return {
    memory: { ...parts, total },
    steady,
    reserved,
    intervals: intervalsOf({
      allocated: total,
      reserved,
      steady,
      made: peak.activations + peak.workspace,
      kept: cache + loss.outputs,
      loss: { all: loss.outputs + 1.5 * loss.differentiated, differentiated: loss.differentiated },
      moment,
      block: backward.block,
      products,
      options,
    }),
    paged,
    moment,
  };
}

interface Tables {
  info: readonly ParameterInfo[];
  /** The table that tokens are looked up in. */
  tokens: string | undefined;
  model: ModelConfig;
  classes: number | undefined;
  update: Pick<ReturnType<typeof updateOf>, 'applied' | 'gradient'>;
  hidden: TorchValue;
  /** Bytes that all blocks save. */
  ofBlocks: number;
  /** Bytes that are held to the end of the pass. */
  kept: number;
  outputs: number;
}

/**
 * Tables that are updated in the backward pass: that of the head before all blocks are differentiated, others after these. One that is both
 * waits for its second gradient, which is added to the first.
 */
function tablesOf({ info, tokens, model, classes, update, hidden, ofBlocks, kept, outputs }: Tables) {
  const { applied, gradient } = update;
  const head = classes === undefined ? architectureOf(model).vocabularyTable?.(model) : undefined;
  const none = { gradient: 0, scratch: 0 };
  const ofHead = (head !== undefined && applied(head)) || none;
  // The head's own gradient is made from that of the logits and the last states.
  const given = outputs + hidden.bytes;
  const isTied = head !== undefined && head === tokens;
  const others = info.flatMap(({ path, role }) => (role.endsWith('embedding') && path !== head ? [path] : []));
  const last = appliedMost(others.flatMap((path) => applied(path) ?? [])) ?? none;
  const first = {
    gradients: ofHead.gradient,
    activations: ofBlocks + kept,
    workspace: outputs + hidden.bytes + Math.max(ofHead.scratch, ofHead.gradient > 0 ? given : 0),
  };
  const after = (of: Applied) => ({
    gradients: of.gradient,
    activations: kept,
    workspace: outputs + of.scratch + hidden.bytes,
  });
  const twice = { ...ofHead, scratch: Math.max(ofHead.gradient, ofHead.scratch) };
  const moments = [after(last), isTied ? after(twice) : first];
  return {
    /** Bytes of the gradient that the head has while blocks are differentiated, where it is not applied by then. */
    first: head === undefined || (ofHead !== none && !isTied) ? 0 : (gradient(head) ?? 0),
    /** Bytes of gradients that come after those of blocks. */
    after: sum(others.map((path) => gradient(path) ?? 0)),
    update: moments.reduce((most, each) => (sum(Object.values(each)) > sum(Object.values(most)) ? each : most)),
  };
}

/** Bytes that one copy of each trained tensor leaves of segments. */
function restsOf(info: readonly ParameterInfo[], gradients: number): number {
  const each = gradients / trainedOnce(info).all;
  return sum(info.map(({ shape }) => restOf(each * sizeOf(shape))));
}

/** A base whose kernels are all trained has none that is packed: it is not prepared. */
const preparedFor = (plan: TrialPlan, model: ModelConfig, options: TorchOptions): TorchOptions =>
  packedOf(plan)(model).packed.length > 0 ? options : { ...options, prepared: false };

/** The loss over a vocabulary, or over the classes of a head: it saves its probabilities' logarithms. */
function lossOf(
  { model, classes, batchSize, options }: TorchInput,
  plan: TrialPlan,
  hidden: TorchValue,
  saved: SavedTensors,
): { outputs: number; differentiated: number } {
  const { vocabularyTable, logitCap } = architectureOf(model);
  const table = classes === undefined ? vocabularyTable?.(model) : undefined;
  const width = classes ?? plan.base.find(({ path }) => path === table)!.shape[0]!;
  if (options.loss === 'fused')
    return fusedOver(hidden, width, table === undefined ? undefined : tableOf(plan, table), { options, saved });
  const numbers = (classes === undefined ? hidden.rows : batchSize) * width;
  const c = computeBytes(options);
  const each = options.logits === 'float32' ? FLOAT32 : c;
  saveForHead(hidden, width, table === undefined ? 'frozen' : tableOf(plan, table), options, saved);
  // A bent logit is a multiple of a hyperbolic tangent, which is saved.
  const bent = classes === undefined && logitCap?.(model) !== undefined ? c * numbers : 0;
  saved.own(each * numbers);
  saved.own(bent);
  // The gradient of the logarithms and that of the logits, while the logarithms are still there.
  return { outputs: c * numbers, differentiated: 2 * each * numbers };
}

/** The loss of Liger, over a table that is not trained. @throws PlanError over another, whose gradient it would keep too */
function fusedOver(
  hidden: TorchValue,
  width: number,
  table: HeadTable | undefined,
  { options, saved }: { options: TorchOptions; saved: SavedTensors },
): ReturnType<typeof lossOf> {
  if (table !== 'frozen') throw new PlanError('a fused loss is predicted over a frozen table of tokens alone');
  const { kept, made } = fusedLossOf(hidden, width, options);
  saved.own(kept);
  return { outputs: 0, differentiated: made + hidden.bytes };
}

/** `made`: peft makes it anew from the base's and rows of its own. */
export type HeadTable = 'frozen' | 'trained' | 'made';

export function tableOf(plan: Pick<TrialPlan, 'trainedBase' | 'ownRows'>, table: string): HeadTable {
  if (plan.ownRows?.table === table) return 'made';
  return plan.trainedBase.some(({ path }) => path === table) ? 'trained' : 'frozen';
}

/** The head's own product reads the last states where its table is trained, and the table for their gradient; autocast makes copies of both. */
export function saveForHead(
  hidden: TorchValue,
  width: number,
  table: HeadTable,
  options: Pick<TorchOptions, 'dtype' | 'prepared' | 'autocast'>,
  saved: SavedTensors,
): void {
  const c = computeBytes(options);
  const isTrained = table !== 'frozen';
  if (table === 'made') saved.own(baseBytes(options) * hidden.width * width);
  if (isTrained && hidden.each === c) saved.value(hidden);
  else if (isTrained) saved.own(c * hidden.rows * hidden.width);
  if (isAutocast(options) && baseBytes(options) !== c && hidden.needs) saved.own(c * hidden.width * width);
}

/** Bytes of the base. */
export function weightsOf({ model, options }: Pick<TorchInput, 'model' | 'options'>, plan: TrialPlan): number {
  const { packed, others, biases } = packedOf(plan)(model);
  if (!isQuantized(options)) return baseBytes(options) * baseOnce(plan.base).all;
  return (
    baseBytes(options) * others +
    // bitsandbytes casts a bias to the type of its product.
    openedBytes(options) * biases +
    sum(packed.map(({ numbers, outputs }) => kernelBytes(numbers, outputs, options)))
  );
}
