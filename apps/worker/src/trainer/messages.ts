/** @file What parent and child say to each other. Sent by structured clone; both sides are built together. */
import type { StoredArtifact } from '@rankforge/db';
import type { Execution, Order, Progress, StopReason } from '../trial/executor.js';

export type ToChild =
  | { type: 'run'; order: Order }
  | { type: 'stop'; trialId: string; reason: StopReason }
  | { type: 'close' };

export type FromChild =
  /** The module is loaded; engine and base model are opened by the first order. */
  | { type: 'ready' }
  | OfOrder<{ type: 'resumed'; step: number }>
  | OfOrder<{ type: 'progress'; progress: Progress }>
  | OfOrder<{ type: 'checkpoint'; artifact: StoredArtifact }>
  | OfOrder<{ type: 'log'; line: string }>
  /** `retire`: the process is of no more use, to this order or to those beside it. */
  | OfOrder<{ type: 'ended'; execution: Exclude<Execution, { kind: 'died' }>; retire: boolean }>;

/** A process may run several orders: each message says of which it speaks. */
type OfOrder<Message> = Message & { trialId: string };

/** Settings of a child, in its environment. */
export const childVariables = {
  artifactDir: 'RANKFORGE_CHILD_ARTIFACTS',
  modelsDir: 'RANKFORGE_CHILD_MODELS',
} as const;
