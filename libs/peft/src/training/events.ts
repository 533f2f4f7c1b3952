/** @file The events that a trial reports while it runs. */
import type { WrittenSample } from './written.js';

export interface StepEvent {
  type: 'step';
  /** 1-based. */
  step: number;
  /** Mean training loss of the step in nats, penalty included. */
  loss: number;
  learningRate: number;
  /** Before clipping. */
  gradientNorm: number;
  tokensPerSecond: number;
  liveBytes: number;
  peakBytes: number;
  /** Rank of each layer, where the method has a rank schedule or allocates ranks. */
  ranks?: Readonly<Record<string, number>>;
  /** Norms of queries and keys, where they are asked for and the method has them; see monitor.ts. */
  norms?: Readonly<Record<string, number>>;
}

/** Metrics of a split: `loss` in nats, and those of its objective (see metrics.ts). */
export type Metrics = { loss: number } & Record<string, number>;

export interface EvalEvent {
  type: 'eval';
  /** The step after which it was taken; 0 is before training. */
  step: number;
  split: 'validation';
  metrics: Metrics;
  /** By metric, the scores of the units that were read; see `Evaluation.examples`. Absent where clients scored their own. */
  examples?: Readonly<Record<string, ArrayLike<number>>>;
  /** The first of the answers, where the model writes them. */
  samples?: readonly WrittenSample[];
}

/** How far a corpus is encoded. */
export interface Encoded {
  /** Documents that are encoded. */
  documents: number;
  of: number;
}

/** While a corpus is encoded to be searched: by a recipe, or for a validation. */
export interface EncodingEvent extends Encoded {
  type: 'encoding';
  /** The step after which it is. */
  step: number;
}

export interface CheckpointEvent {
  type: 'checkpoint';
  step: number;
  bytes: Uint8Array;
}

/** Before the first step, where a calibration that an earlier trial made serves this one. */
export interface CalibratedEvent {
  type: 'calibrated';
  step: 0;
  /** Seconds that the pass took, which count in the time of this trial. */
  seconds: number;
}

/** Before the first step, where the method asks for a calibration that no earlier trial on this base has made. */
export interface CalibrationEvent {
  type: 'calibration';
  step: 0;
  /** The batch that is worked on, 1-based. */
  batch: number;
  batches: number;
}

/** How many of the targeted layers have their first values. */
export interface LayersMade {
  layers: number;
  of: number;
}

/** Before the first step, after each layer whose first values are made. */
export interface FirstValuesEvent extends LayersMade {
  type: 'first-values';
  step: 0;
}

/** Before the first step, where the method writes its examples. */
export interface SynthesisEvent {
  type: 'synthesis';
  step: 0;
  /** Examples that the discriminator has taken for real so far, of so many candidates. */
  kept: number;
  candidates: number;
  wanted: number;
  /** At the end: likeliest of those it has not taken, to make up the number. */
  filled: number;
}

/** Before the first step, where a generator wrote texts that the recipe makes examples of. */
export interface WrittenEvent {
  type: 'written';
  step: 0;
  texts: readonly WrittenText[];
  /** Examples that training sees, in the place of so many. */
  examples: number;
  of: number;
}

/** A text that a generator wrote for the examples of a training. */
export interface WrittenText {
  prompt: string;
  text: string;
  /** How it was read, in words, where an example was made of it. */
  as?: string;
}

/**
 * Before the first step, where the optimizer leaves some of the tensors to another rule than its own, or where what it or the
 * method repeats after some steps never comes in this run.
 */
export interface NoticeEvent {
  type: 'notice';
  step: 0;
  of: 'method' | 'optimizer';
  /** For people. */
  text: string;
}

export type TrainEvent =
  | NoticeEvent
  | StepEvent
  | EvalEvent
  | EncodingEvent
  | CheckpointEvent
  | CalibrationEvent
  | CalibratedEvent
  | FirstValuesEvent
  | SynthesisEvent
  | WrittenEvent;
