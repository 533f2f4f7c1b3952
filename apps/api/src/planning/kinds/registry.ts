/** @file Planning of each kind of sweep, one line each. */
import { type CreateSweep, type SweepKind, type TrialKind, type TrialSpec } from '@rankforge/contracts';
import type { MetricInfo } from '@rankforge/peft';
import type { Task } from '@rankforge/tasks';
import { proposedKind } from '../trial-kind.js';
import { command } from './command.js';
import { compress } from './compress.js';
import { evaluate } from './evaluate.js';
import { federate } from './federate.js';
import { finetune } from './finetune.js';
import type { KindPlanning } from './kind.js';
import { pretrain } from './pretrain.js';

export const sweepKindPlanning: Readonly<Record<SweepKind, KindPlanning>> = {
  finetune,
  pretrain,
  compress,
  federate,
  evaluate,
  command,
};

/** Metrics that trials of a kind have: those of the task, and their own. */
export const metricsOfKind = (kind: SweepKind, task: Task): readonly MetricInfo[] => [
  ...task.metrics,
  ...(sweepKindPlanning[kind].metrics?.(task) ?? []),
];

/** The kind of the trial that a spec of a request becomes. */
export const trialKindFor = (request: CreateSweep, spec: TrialSpec): TrialKind =>
  sweepKindPlanning[request.kind].trial?.(request, spec) ?? proposedKind(spec);
