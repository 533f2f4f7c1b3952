/** @file Paper claims in words. */
import {
  contenderName,
  defaultSweepKind,
  type PaperClaimEvidence,
  type PaperClaimVerdict,
  type PaperClaimView,
} from '@rankforge/contracts';
import { formatBytes, formatCount } from '../../lib/format.js';

type Compare = NonNullable<PaperClaimView['compare']>;

const order: readonly PaperClaimVerdict[] = [
  'contradicts',
  'mixed',
  'smaller than claimed',
  'same direction',
  'agrees',
  'not told apart',
  'not tested here',
  'not comparable',
  'not measured',
];

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
  const where = kind === defaultSweepKind ? '' : `, on a board of kind ${kind}`;
  return `Tried as: ${contenderName(own)} has ${names[measure]} than ${contenderName(other)}${where}.`;
}

export function valueText(value: number, measure: Compare['measure']): string {
  if (measure === 'score') return short(value);
  return measure === 'trained' ? formatCount(value) : formatBytes(value);
}

/** A ratio or a difference with its interval, and what was claimed. */
export function effectText({ effect, difference, interval, claimed }: PaperClaimEvidence): string {
  const range = interval ? ` (${short(interval[0])} to ${short(interval[1])})` : '';
  const sign = effect === 'ratio' ? '× ' : '';
  const said = claimed === null ? '' : `, claimed ${sign}${short(claimed)}`;
  return `${sign}${short(difference)}${range}${said}`;
}

const short = (value: number): string => String(Number(value.toPrecision(4)));
