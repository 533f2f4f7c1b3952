/** @file Paper claims in words. */
import type { PaperClaimEvidence, PaperClaimVerdict, PaperClaimView } from '@rankforge/contracts';
import { formatBytes, formatCount } from '../../lib/format.js';

type Compare = NonNullable<PaperClaimView['compare']>;

const order: readonly PaperClaimVerdict[] = ['contradicts', 'mixed', 'agrees', 'not told apart', 'not measured'];

/** Verdicts that there are, what asks for a look first. */
export const inOrder = (verdicts: readonly PaperClaimVerdict[]): PaperClaimVerdict[] =>
  order.filter((verdict) => verdicts.includes(verdict));

const names = {
  score: 'a better test score',
  trained: 'fewer trained parameters',
  memory: 'a lower peak memory',
} as const;

/** @example triedText(compare) // 'DoRA is to have a better test score than lora' */
export function triedText({ own, other, measure, kind }: Compare): string {
  const name = ({ method, optimizer }: Compare['own']) => (optimizer === 'adamw' ? method : `${method} + ${optimizer}`);
  const where = kind === 'finetune' ? '' : `, on a board of kind ${kind}`;
  return `Tried as: ${name(own)} has ${names[measure]} than ${name(other)}${where}.`;
}

export function valueText(value: number, measure: Compare['measure']): string {
  if (measure === 'score') return short(value);
  return measure === 'trained' ? formatCount(value) : formatBytes(value);
}

/** A ratio or a difference with its interval. */
export function effectText({ effect, difference, interval }: PaperClaimEvidence): string {
  const range = interval ? ` (${short(interval[0])} to ${short(interval[1])})` : '';
  return `${effect === 'ratio' ? '× ' : ''}${short(difference)}${range}`;
}

const short = (value: number): string => String(Number(value.toPrecision(4)));
