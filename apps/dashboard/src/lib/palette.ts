/** @file Colours that stay apart for colour-blind readers (Okabe and Ito's set, tuned to each background). */
import type { MemoryPart, SweepState, TrialState } from '@rankforge/contracts';

export type Scheme = 'light' | 'dark';

const series: Record<Scheme, readonly string[]> = {
  light: ['#0072b2', '#d55e00', '#008a63', '#b8558f', '#c98500', '#2f9fd8', '#5b5b66', '#8a7d00'],
  dark: ['#5cadea', '#f28b4e', '#3cc79f', '#e79ac8', '#f0b945', '#98d4f7', '#b4b8c5', '#d8ce4a'],
};
const dashes = ['solid', 'dashed', 'dotted', [8, 3, 2, 3]] as const;
const symbols = ['circle', 'rect', 'triangle', 'diamond', 'roundRect', 'arrow', 'pin'] as const;

/** How series number `index` is drawn: neighbours differ in colour, dash and symbol, and a colour repeats with another dash. */
export function seriesStyle(index: number, scheme: Scheme) {
  const colors = series[scheme];
  const dash = dashes[(index + Math.floor(index / colors.length)) % dashes.length]!;
  return {
    color: colors[index % colors.length]!,
    dash: typeof dash === 'string' ? dash : [...dash],
    symbol: symbols[index % symbols.length]!,
  };
}

const scales: Record<Scheme, readonly [least: readonly number[], most: readonly number[]]> = {
  light: [
    [236, 240, 245],
    [0, 76, 120],
  ],
  dark: [
    [42, 47, 55],
    [142, 205, 250],
  ],
};

/** The colour of a share between 0 and 1 of the largest value: the more, the further from the background. */
export function shade(share: number, scheme: Scheme): string {
  const [least, most] = scales[scheme];
  return `rgb(${least.map((from, channel) => Math.round(from + share * (most[channel]! - from))).join(', ')})`;
}

export const partColors: Record<MemoryPart, string> = {
  weights: 'var(--rf-part-weights)',
  adapters: 'var(--rf-part-adapters)',
  gradients: 'var(--rf-part-gradients)',
  optimizer: 'var(--rf-part-optimizer)',
  activations: 'var(--rf-part-activations)',
  workspace: 'var(--rf-part-workspace)',
};

export const partLabels: Record<MemoryPart, string> = {
  weights: 'Weights',
  adapters: 'Adapters',
  gradients: 'Gradients',
  optimizer: 'Optimizer state',
  activations: 'Activations',
  workspace: 'Workspace',
};

export const trialStateLabels: Record<TrialState, string> = {
  PENDING: 'Pending',
  QUEUED: 'Queued',
  RUNNING: 'Running',
  SUCCEEDED: 'Succeeded',
  FAILED: 'Failed',
  OVER_BUDGET: 'Does not fit',
  PRUNED: 'Pruned',
  CANCELLED: 'Cancelled',
};

export const sweepStateLabels: Record<SweepState, string> = {
  RUNNING: 'Running',
  PAUSED: 'Paused',
  COMPLETED: 'Completed',
  CANCELLED: 'Cancelled',
};

export const stateColors: Record<TrialState, string> = {
  PENDING: 'var(--rf-state-pending)',
  QUEUED: 'var(--rf-state-queued)',
  RUNNING: 'var(--rf-state-running)',
  SUCCEEDED: 'var(--rf-state-succeeded)',
  FAILED: 'var(--rf-state-failed)',
  OVER_BUDGET: 'var(--rf-state-over-budget)',
  PRUNED: 'var(--rf-state-pruned)',
  CANCELLED: 'var(--rf-state-cancelled)',
};
