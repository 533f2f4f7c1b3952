import type { Estimate, EstimateRow } from '@rankforge/contracts';
import { formatBytes, formatInteger } from '../../lib/format.js';

/** @example nameOf({ method: 'lora', rank: 8 }) // 'lora r8' */
export const nameOf = ({ method, rank }: Pick<EstimateRow, 'method' | 'rank'>): string =>
  rank === null ? method : `${method} r${rank}`;

/** The bytes that torch reserves, at least and at most. */
export const betweenText = ({ intervals: { reserved } }: NonNullable<EstimateRow['torch']>): string =>
  `between ${formatBytes(reserved.low)} and ${formatBytes(reserved.high)}`;

/** How a row stands to the budget. */
export function fitsText({ fits, torch }: Pick<EstimateRow, 'fits' | 'torch'>): string {
  if (fits === null) return `uncertain: ${betweenText(torch!)}`;
  return fits ? 'fits' : 'does not fit';
}

export type Change = NonNullable<EstimateRow['changes']>[number];

/**
 * Each part of a change, with what it costs.
 * @example partsOfChange({ batch: 2, total: 9 }) // [{ part: 'batch 2', cost: 'time' }]
 */
export function partsOfChange({ attention, batch, checkpointing, rank, dtype, sequence, gpus, shard }: Change) {
  const part = <T>(value: T | undefined, text: (value: T) => string, cost: string) =>
    value === undefined ? [] : [{ part: text(value), cost }];
  return [
    part(attention, (name) => `attention ${name}`, 'next to nothing'),
    part(batch, (size) => `batch ${formatInteger(size)}`, 'time'),
    part(checkpointing, (kind) => `checkpointing ${kind}`, 'time'),
    part(rank, (size) => `rank ${formatInteger(size)}`, 'perhaps score'),
    part(dtype, (name) => `a base in ${name}`, 'perhaps score'),
    part(sequence, (tokens) => `sequence ${formatInteger(tokens)}`, 'the end of longer examples'),
    part(gpus, (count) => `${formatInteger(count)} cards by ${shard}`, 'cards'),
  ].flat();
}

/** More names than these are no help to choose. */
const cardsShown = 6;

/** The cards that hold a row, in words; undefined where none were offered. */
export function cardsText({ cards }: Pick<EstimateRow, 'cards'>): string | undefined {
  if (!cards) return undefined;
  if (cards.length === 0) return 'no card that is known here holds it';
  const more = cards.length > cardsShown ? [`and ${cards.length - cardsShown} more`] : [];
  return `held by ${[...cards.slice(0, cardsShown), ...more].join(', ')}`;
}

const rangeText = ({ low, high }: { low: number; high: number }) => `${low.toPrecision(2)} to ${high.toPrecision(2)}`;

/** The time on the card that was asked about, with what is assumed; undefined where none was. */
export function timeText({ time }: Pick<EstimateRow, 'time'>): string | undefined {
  if (!time) return undefined;
  const epoch = time.epoch ? `, ${rangeText(time.epoch)} h an epoch` : '';
  return `${rangeText(time.step)} s a step${epoch}, if 20 to 50 % of the card's rate is reached`;
}

/** The request in words, without the numbers of the base. */
export const askedOf = ({
  batch,
  sequence,
  targets,
  optimizer,
  torch,
}: Pick<Estimate, 'batch' | 'sequence' | 'targets' | 'optimizer' | 'torch'>): string =>
  `${torch?.gpus && torch.gpus > 1 ? `Each of ${torch.gpus} cards holds this by ${torch.shard ?? 'ddp'}. ` : ''}Batch ${formatInteger(batch)}, ${formatInteger(sequence)} tokens, adapters on ${targets.join(', ')}, optimizer ${optimizer}.`;

/** Says that some rows are more than the engine can hold; undefined where none is. */
export function beyondEngineText({ engine, rows, mostBytes }: Pick<Estimate, 'engine' | 'rows' | 'mostBytes'>) {
  if (mostBytes === null || rows.every(({ memory }) => memory.total <= mostBytes)) return undefined;
  return `A process of engine ${engine} can hold ${formatBytes(mostBytes)} under any budget: choose tensorflow for larger ones.`;
}

/** The subject of the bytes: who holds them, and how it is set up. */
export function saidOf(estimate: Estimate): string {
  const { profile, engine, dtype, computeDtype, checkpointing, attention, torch, classes } = estimate;
  const head =
    classes === null ? '' : `, with a head of ${formatInteger(classes)} ${classes === 1 ? 'output' : 'outputs'}`;
  const again = checkpointing === 'none' ? '' : ', blocks run again';
  if (profile === 'torch' && torch) {
    const { autocast, update, logits, loss, prepared, doubleQuantization } = torch;
    const scales = dtype === 'nf4' ? ` ${doubleQuantization ? 'with' : 'without'} double quantization` : '';
    const ready = prepared ? ', prepared (tables, head, norms and the residual stream in float32)' : '';
    const how = [`attention by ${torch.attention}`, `${update} updates`, ...(autocast ? ['autocast'] : [])].join(', ');
    return `Bytes that transformers and peft allocate on CUDA at the peak of a step: the base in ${dtype}${scales}${ready}${again}, ${how}, ${loss === 'fused' ? 'a fused loss' : `logits in ${logits === 'model' ? 'the type of the model' : logits}`}${head}. A budget is held to what is reserved, between which bounds 95 of 100 runs are to lie${contextOf(estimate)}.`;
  }
  const numbers = dtype === 'float32' ? 'all in float32' : `the base in ${dtype}, all else in float32`;
  const products = computeDtype === 'bfloat16' ? ', its products in bfloat16' : '';
  const scores = attention ? `, attention ${attention}` : '';
  return `Bytes that the engine ${engine} of this platform holds at the peak of a step: ${numbers}${products}${again}${scores}${head}.`;
}

/** The memory that is left for what is reserved, or says that the CUDA context is not counted. */
const contextOf = ({ card }: Estimate): string =>
  card
    ? `. The budget is ${formatBytes(card.left)}: of the ${formatBytes(card.bytes)} of ${card.title}, driver, CUDA context and libraries are assumed to take ${formatBytes(card.overhead)}. If your card shows another number as free, leave the card out and enter that as the budget`
    : '; the CUDA context comes on top';
