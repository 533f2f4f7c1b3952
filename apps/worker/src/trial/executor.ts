/** @file What runs a claimed trial: the seam between the bookkeeping of a trial and the process that trains. */
import type { MemoryByPart, MemoryPart, Scores, TrialKind, TrialResult, TrialSpec } from '@rankforge/contracts';
import type { Awaits, MetricPoint, StoredArtifact, Turn } from '@rankforge/db';

/** Everything a trainer needs to know of a trial. Carried to the child as it stands: plain values only. */
export interface Order {
  trialId: string;
  kind: TrialKind;
  spec: TrialSpec;
  /** Digest of the folder of its base model; absent where an earlier version made the sweep. */
  baseSha256?: string;
  budgetBytes: number;
  predicted: MemoryByPart;
  /** Newest first. */
  checkpoints: readonly StoredArtifact[];
  /** For `score`, and its parts: the adapter of the trained trial. */
  adapter?: StoredArtifact;
  /** For a client's turn: which it is, the round 0-based, and the site whose data it needs. `checkpoints` are those of its federation. */
  turn?: { round: number; client: number; site?: string };
  /** For a federation that waited: the turns of that round. */
  turns?: { round: number; taken: readonly Turn[] };
}

/** A batch of metrics: all points up to `step` that were not sent before. */
export interface Progress {
  points: readonly MetricPoint[];
  step: number;
  loss: number | null;
}

/** What a running trial reports, in the order in which it happened. */
export interface Reports {
  /** Training goes on from a checkpoint of this step. */
  resumed(step: number): void;
  progress(progress: Progress): void;
  /** Bytes are in the artifact store; the state after this step. */
  checkpoint(artifact: StoredArtifact): void;
  log(line: string): void;
  /** Goes to the log of the worker alone: whoever reads the trial may not read it. */
  forAdministrators(line: string): void;
}

/** Why a run is stopped from outside. */
export type StopReason = 'cancelled' | 'lost' | 'drain' | 'timeout';

/** Whether the trial may go on later, so that the trainer leaves a checkpoint. */
export const mayGoOn = (reason: StopReason): boolean => reason === 'drain' || reason === 'timeout';

/** How a run ended. */
export type RunOutcome =
  | {
      kind: 'succeeded';
      result: TrialResult;
      /** Absent for `score`. */
      measured?: MemoryByPart;
      step: number;
      /** In the store already. Absent for `score`. */
      adapter?: StoredArtifact;
      /** For a client's turn: what it leaves for its federation, in the store already. */
      turn?: StoredArtifact;
      /** For a procedure that answers questions: what was found, answered and scored, in the store already. */
      answers?: StoredArtifact;
      /** For a method that orders rows of queries without a model: the first rows of each, in the store already. */
      orders?: StoredArtifact;
      /** For a training whose recipe asked a generator: what it wrote, in the store already. */
      texts?: StoredArtifact;
      /** Test scores that a command left, which its scoring reads. */
      scores?: StoredArtifact;
      /** For a score of queries, or an examination of a ranker: where documents stand, in the store already. */
      places?: StoredArtifact;
      /**
       * By metric; see `Evaluation.examples` of the library. For `score` those of the test split; for a training that ends at a rung those
       * that it was judged by there.
       */
      exampleScores?: Readonly<Record<string, readonly number[]>>;
    }
  | { kind: 'over-budget'; reason: string; measured?: MemoryByPart; dominantPart: MemoryPart }
  | { kind: 'failed'; reason: string }
  /** It goes on from the checkpoint that it left once other trials have ended. */
  | { kind: 'waits'; awaits: Awaits }
  | { kind: 'stopped' }
  /**
   * The process that trained is gone. `outOfMemory`: memory ran out; `byKernel`: that of the host, and the kernel chose
   * which process to kill, among this one and others that trained. `beside`: other orders that ran in the process, any of
   * which may be the cause.
   */
  | { kind: 'died'; reason: string; outOfMemory: boolean; byKernel?: boolean; beside: number };

/**
 * Runs one trial to its end, or until `signal` aborts with a {@link StopReason}, and never throws for what the trial does.
 */
export interface Executor {
  run(order: Order, reports: Reports, signal: AbortSignal): Promise<RunOutcome>;
  /** A place where several orders run side by side. Absent: each runs by itself. */
  share?(): SharedPlace;
}

/** Orders of one base and engine run in it at once, each to an end of its own. */
export interface SharedPlace extends Executor {
  /** No further order comes. */
  close(): void;
}

/**
 * The sweep's objective among the validation scores.
 * @throws Error where it is not among them, or not finite
 */
export function objectiveOf(scores: Scores | undefined, metric: string): number {
  const value = scores?.[metric];
  if (value === undefined) {
    const known = Object.keys(scores ?? {}).join(', ') || 'none';
    throw new Error(
      `the sweep chooses by validation "${metric}", which this task does not report (it reports: ${known})`,
    );
  }
  if (!Number.isFinite(value)) {
    throw new Error(
      `validation "${metric}" is ${value}, and the sweep chooses by a finite number: the training diverged; try a smaller learning rate`,
    );
  }
  return value;
}
