/** @file What parent and child say to each other. Sent by structured clone; both sides are built together. */
import type { StoredArtifact } from '@rankforge/db';
import type { Execution, Order, Progress, StopReason } from '../trial/executor.js';

export type ToChild = { type: 'run'; order: Order } | { type: 'stop'; reason: StopReason } | { type: 'close' };

export type FromChild =
  /** The module is loaded; engine and base model are opened by the first order. */
  | { type: 'ready' }
  | { type: 'resumed'; step: number }
  | { type: 'progress'; progress: Progress }
  | { type: 'checkpoint'; artifact: StoredArtifact }
  | { type: 'log'; line: string }
  /** `retire`: the process must not be given another order. */
  | { type: 'ended'; execution: Exclude<Execution, { kind: 'died' }>; retire: boolean };

/** Settings of a child, in its environment. */
export const childVariables = {
  artifactDir: 'RANKFORGE_CHILD_ARTIFACTS',
  modelsDir: 'RANKFORGE_CHILD_MODELS',
} as const;
