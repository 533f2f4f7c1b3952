/** @file An estimate asked for by names: what the command line, the API and its page take, checked against the model. */

import type { Attention } from '../engine/chunk.js';
import type { EngineName } from '../engine/traits.js';
import { finetunes } from '../method.js';
import { findTraining, methods } from '../methods/registry.js';
import {
  architectureOf,
  givesOutputs,
  layerNames,
  linearLayers,
  type ModelConfig,
  modelInput,
  notRun,
  sourcedParameters,
} from '../models/config.js';
import { findOptimizer, optimizers } from '../optimizers/registry.js';
import type { Optimizer } from '../slots/gradient.js';
import type { BaseDtype, ComputeDtype } from '../tensor/base-dtypes.js';
import type { Checkpointing } from '../training/checkpointing.js';
import { UnknownNameError } from '../unknown-name.js';
import { bytesOfCard, type CardOffer, findCard, offered } from './cards.js';
import type { EstimateRequest, TorchSetup } from './estimate-rows.js';
import { defaultTorchOptions, isPrepared, torchAttentions } from './torch/options.js';

export interface EstimateAsked {
  /** Omitted: all that fine-tune. */
  methods?: readonly string[] | undefined;
  /** Omitted: those of methods and optimizer by default. */
  ranks?: readonly number[] | undefined;
  /** Settings of methods by their names, apart from ranks. */
  configs?: Readonly<Record<string, object>> | undefined;
  targets: readonly string[];
  /** Dropout of the input of adapters. Omitted: none. */
  dropout?: number | undefined;
  optimizer: string;
  engine: EngineName;
  batch: number;
  /** Omitted: 512, or all that a shorter model takes. */
  sequence?: number | undefined;
  /** Outputs of a head that is trained. Omitted: none where the model gives outputs without one, as a next token, and two elsewhere. */
  classes?: number | undefined;
  /** Omitted: none; `block` where a quantized base of torch is prepared. */
  checkpointing?: Checkpointing | undefined;
  /** How an engine of this library holds scores of attention; that of torch is in `torch`. Omitted: as the length suggests. */
  attention?: Attention | undefined;
  /** Type of products with frozen kernels on an engine of this library. Omitted: float32. */
  computeDtype?: ComputeDtype | undefined;
  /** Omitted: float32; of the profile `torch`, bfloat16. */
  dtype?: BaseDtype | undefined;
  /** Set-up of torch, with the defaults of `defaultTorchOptions`; absent: what an engine of this library holds. */
  torch?: { [Name in keyof TorchSetup]?: TorchSetup[Name] | undefined } | undefined;
  /** Bytes that are to suffice. */
  budget?: number | undefined;
  /** A card of `offer` whose memory is to suffice, in the place of a budget. Of torch. */
  gpu?: string | undefined;
  /** Cards that may be named, and that are offered where neither a card nor a budget is. */
  offer?: CardOffer | undefined;
  /** Forward passes of one optimizer step. Omitted: 1. */
  accumulate?: number | undefined;
  /** Examples of an epoch, for the time of one on `gpu`. */
  examples?: number | undefined;
}

/** Tokens of an example, where nothing else is asked for and the model takes them. */
const usualSequence = 512;

/** Outputs of a head, where nothing else is asked for and the model gives none by itself. */
const usualClasses = 2;

/** A name or a length that the library or the model does not have. */
export class EstimateRequestError extends Error {
  constructor(
    readonly field: keyof EstimateAsked,
    /** What of the field is wrong: a place in a list, or a name of the set-up of torch. */
    readonly within: number | keyof TorchSetup | undefined,
    message: string,
  ) {
    super(message);
    this.name = 'EstimateRequestError';
  }
}

/**
 * Finds what names stand for, and fills in what is left out.
 *
 * @throws EstimateRequestError naming a method, an optimizer, a target or a length that the library or the model does not have
 * @example
 * const asked = { targets: ['query'], optimizer: 'adamw', engine: 'wasm', batch: 1 } as const;
 * estimateRows(estimateRequest(model, asked)).rows[0]?.memory.total;
 */
export function estimateRequest(model: ModelConfig, asked: EstimateAsked): EstimateRequest {
  const { engine, batch, ranks, budget, attention, computeDtype, dtype } = asked;
  const untrained = asked.torch === undefined ? notRun(model) : undefined;
  if (untrained !== undefined) {
    const message = `${untrained}: the profile torch says what transformers and peft hold`;
    throw new EstimateRequestError('engine', undefined, message);
  }
  const known = layerNames(model);
  const targets = targetsOf(model, asked.targets);
  targets.forEach((target, index) => {
    if (known.includes(target)) return;
    throw new EstimateRequestError('targets', index, `the model has no layer ${target}; it has ${known.join(', ')}`);
  });
  const input = modelInput(model);
  const most = input.kind === 'tokens' ? input.contextLength : Number.POSITIVE_INFINITY;
  const { sequence = Math.min(usualSequence, most) } = asked;
  if (sequence > most) {
    throw new EstimateRequestError('sequence', undefined, `the model takes at most ${most} tokens, got ${sequence}`);
  }
  const chosen =
    asked.methods?.map((name, index) => named('methods', index, () => findTraining(name))) ?? methods.filter(finetunes);
  const optimizer = named('optimizer', undefined, () => findOptimizer(asked.optimizer));
  const torch = asked.torch && torchSetup(asked, optimizer);
  const card = cardOf(asked);
  const again = torch && isPrepared({ ...torch, dtype: dtype ?? defaultTorchOptions.dtype }) ? 'block' : undefined;
  return {
    model,
    methods: chosen,
    ranks,
    configs: asked.configs,
    targets,
    dropout: asked.dropout,
    optimizer,
    engine,
    batchSize: batch,
    accumulate: asked.accumulate,
    examples: asked.examples,
    sequence,
    classes: asked.classes ?? (givesOutputs(model) ? undefined : usualClasses),
    checkpointing: asked.checkpointing ?? again,
    attention,
    computeDtype,
    dtype,
    torch,
    budget: card ? card.left : budget,
    card,
    offered: torch && !card && budget === undefined && asked.offer ? offered(asked.offer) : undefined,
  };
}

/** Names of layers as they are here. `all-linear` and those of a file of Hugging Face, such as `q_proj`, are read as peft does. */
function targetsOf(model: ModelConfig, asked: readonly string[]): string[] {
  const layers = linearLayers(model);
  const names = new Map(layers.map(({ path, name }) => [`${path}.kernel`, name]));
  const stored = new Map<string, string[]>();
  for (const { path, source } of sourcedParameters(model)) {
    const name = names.get(path);
    const module = source.name.split('.').at(-2);
    if (name === undefined || module === undefined || layerNames(model).includes(module)) continue;
    stored.set(module, [...(stored.get(module) ?? []), name]);
  }
  const linear = layers.flatMap(({ name, shape }) => (shape.table ? [] : [name]));
  const { targets: others = {} } = architectureOf(model).huggingFace;
  const found = (target: string) => others[target] ?? stored.get(target) ?? [target];
  return [...new Set(asked.flatMap((target) => (target === 'all-linear' ? linear : found(target))))];
}

/** @throws EstimateRequestError where the card is not known, or cannot be asked about so */
function cardOf({ gpu, torch, budget, offer }: EstimateAsked) {
  if (gpu === undefined) return undefined;
  if (torch === undefined) {
    throw new EstimateRequestError('gpu', undefined, 'a card is of the profile torch, whose bytes are those on CUDA');
  }
  if (budget !== undefined) {
    throw new EstimateRequestError('gpu', undefined, `${gpu} has a budget of its own: leave out one of the two`);
  }
  const card = findCard(gpu, offer?.cards ?? []);
  if (typeof card === 'string') throw new EstimateRequestError('gpu', undefined, card);
  return bytesOfCard(card);
}

/** @throws EstimateRequestError where bitsandbytes has no such optimizer, or a way is asked for that torch does not have */
function torchSetup(
  { torch = {}, attention, computeDtype, accumulate }: EstimateAsked,
  optimizer: Optimizer,
): TorchSetup {
  const given = Object.fromEntries(Object.entries(torch).filter(([, value]) => value !== undefined));
  const { dtype: _, checkpointing: __, ...setup } = { ...defaultTorchOptions, ...given };
  if (ownState.includes(setup.update) && !optimizer.inBitsandbytes) {
    const known = optimizers.flatMap(({ name, inBitsandbytes }) => (inBitsandbytes ? [name] : []));
    const message = `the update ${setup.update} is of ${known.join(', ')} alone, got ${optimizer.name}`;
    throw new EstimateRequestError('torch', 'update', message);
  }
  if (setup.update === 'per-layer' && (accumulate ?? 1) > 1) {
    const message = `gradients that are applied layer by layer are not added up: leave out accumulate (${accumulate}), or choose another update`;
    throw new EstimateRequestError('accumulate', undefined, message);
  }
  if (setup.update === 'per-layer' && (setup.gpus ?? 1) > 1) {
    const message = `gradients that are applied layer by layer are those of one card, got ${setup.gpus}: choose another update`;
    throw new EstimateRequestError('torch', 'update', message);
  }
  if (attention !== undefined) {
    const message = `${attention} is of the engines of this library; torch has ${torchAttentions.join(', ')}`;
    throw new EstimateRequestError('attention', undefined, message);
  }
  if (computeDtype !== undefined) {
    const message = `${computeDtype} is of the engines of this library; torch multiplies in the type of the model, or by autocast`;
    throw new EstimateRequestError('computeDtype', undefined, message);
  }
  return setup;
}

/** Updates whose state is counted as bitsandbytes keeps it. */
const ownState: readonly string[] = ['8bit', 'paged', 'paged-8bit'];

function named<T>(field: keyof EstimateAsked, within: number | undefined, find: () => T): T {
  try {
    return find();
  } catch (error) {
    if (error instanceof UnknownNameError) {
      const hint = error.kind === 'method' ? '; methods that train nothing have no estimate' : '';
      throw new EstimateRequestError(field, within, `${error.message}${hint}`);
    }
    throw error;
  }
}
