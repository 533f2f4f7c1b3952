/** @file One answer to an estimate asked for by names: the question as it was understood, and its rows. */

import type { Attention } from '../engine/chunk.js';
import type { EngineName } from '../engine/traits.js';
import { baseParameters, layerNames, linearLayers, type ModelConfig, notRun } from '../models/config.js';
import type { BaseDtype, ComputeDtype } from '../tensor/base-dtypes.js';
import type { Checkpointing } from '../training/checkpointing.js';
import { type ToldCard, toldOfCard } from './cards.js';
import { type EstimateAsked, estimateRequest } from './estimate-request.js';
import { type EstimateRow, estimateRows, mostBytesOf, type Refused, type TorchSetup } from './estimate-rows.js';
import { total } from './sizes.js';
import { defaultTorchOptions, isAutocast, isPrepared, isQuantized } from './torch/options.js';

export interface EstimateAnswer {
  /** Whose bytes they are: what an engine of this library holds, or transformers and peft on CUDA. */
  profile: 'rankforge' | 'torch';
  model: { architecture: string; parameters: number; layers: number; width: number; targets: string[] };
  optimizer: string;
  targets: string[];
  engine: EngineName;
  batch: number;
  sequence: number;
  /** Forward passes of one optimizer step. */
  accumulate: number;
  /** Outputs of a head that is trained; null where the model's own are, as the next token. */
  classes: number | null;
  checkpointing: Checkpointing;
  /** How an engine of this library holds scores of attention, where it was asked for; absent: as the length suggests. */
  attention?: Attention;
  /** Type of products with frozen kernels, where it was asked for; absent: float32, and in torch as it is set up. */
  computeDtype?: ComputeDtype;
  /** Type of the kernels of the base. */
  dtype: BaseDtype;
  /** How torch is set up, where it is asked about. */
  torch?: TorchSetup;
  /** Sentences on the model that a reader of the rows must know. */
  notes: string[];
  /** Bytes that are to suffice; null where none were named. */
  budget: number | null;
  /** The card that was asked about: the budget is what is left of it. */
  card?: ToldCard;
  /** Cards that rows name, where neither a card nor a budget was asked for. */
  cards?: ToldCard[];
  /** Bytes that a process of the engine can hold under any budget; null where its device alone says. */
  mostBytes: number | null;
  /** The smallest peak first. */
  rows: EstimateRow[];
  refused: Refused[];
}

/** The set-up with what follows from the type of the base. */
function setupOf({ dtype, ...setup }: TorchSetup & { dtype: BaseDtype }): TorchSetup {
  return { ...setup, prepared: isPrepared({ ...setup, dtype }), autocast: isAutocast({ ...setup, dtype }) };
}

function notesOn(model: ModelConfig, dtype: BaseDtype): string[] {
  const untrained = notRun(model);
  const isStacked = isQuantized({ dtype }) && linearLayers(model).some(({ shape }) => shape.stack);
  return [
    ...(untrained === undefined ? [] : [`${untrained}.`]),
    ...(isStacked
      ? ['Experts are not quantized: bitsandbytes packs layers alone, and transformers 5 holds experts as parameters.']
      : []),
  ];
}

/**
 * Estimates what is asked for by names.
 *
 * @throws EstimateRequestError naming what the library or the model does not have
 * @example
 * estimateOf(readShapes(JSON.parse(text)), { targets: ['query'], optimizer: 'adamw', engine: 'wasm', batch: 1 }).rows;
 */
export function estimateOf(model: ModelConfig, asked: EstimateAsked): EstimateAnswer {
  const request = estimateRequest(model, asked);
  const { architecture, layers, width } = model;
  const dtype = request.dtype ?? (request.torch ? defaultTorchOptions.dtype : 'float32');
  return {
    profile: request.torch ? 'torch' : 'rankforge',
    model: { architecture, parameters: total(baseParameters(model)), layers, width, targets: layerNames(model) },
    optimizer: request.optimizer.name,
    targets: [...request.targets],
    engine: asked.engine,
    batch: request.batchSize,
    sequence: request.sequence,
    accumulate: request.accumulate ?? 1,
    classes: request.classes ?? null,
    checkpointing: request.checkpointing ?? 'none',
    ...(request.attention ? { attention: request.attention } : {}),
    ...(request.computeDtype ? { computeDtype: request.computeDtype } : {}),
    dtype,
    ...(request.torch ? { torch: setupOf({ ...request.torch, dtype }) } : {}),
    notes: notesOn(model, dtype),
    budget: request.budget ?? null,
    ...(request.card ? { card: toldOfCard(request.card) } : {}),
    ...(request.offered ? { cards: request.offered.map(toldOfCard) } : {}),
    mostBytes: mostBytesOf(request) ?? null,
    ...estimateRows(request),
  };
}
