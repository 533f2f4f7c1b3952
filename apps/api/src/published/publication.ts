/** @file A comparison that others published, as a record: how its documents are read, and what its board says of itself. */
import type { MetricView } from '@rankforge/contracts';
import type { Shares } from '@rankforge/stats';

/** One published run. Null is what the publication does not tell. */
export interface PublishedRun {
  name: string;
  method: string;
  optimizer: string;
  rank: number | null;
  learningRate: number | null;
  seed: number;
  steps: number | null;
  /** Right answers of its test sets, whose mean is the score; absent where it failed. */
  shares: Shares | undefined;
  validation: number | undefined;
  trainableParameters: number | null;
  adapterBytes: number | null;
  peakBytes: number | null;
  config: Record<string, unknown>;
  failure: string | null;
}

export interface Publication {
  /** The name of its boards in the place of a task. */
  task: string;
  title: string;
  metric: MetricView;
  source: string;
  /** Caveats of its results. */
  remark: string;
  /** Examples of all its test sets. */
  testExamples: number;
  /** The runs of documents as they were kept, in the order of their import. */
  runs(documents: readonly unknown[]): PublishedRun[];
}

/** Accuracy between 0 and 1. */
export const accuracy: MetricView = { name: 'accuracy', direction: 'maximize', range: [0, 1] };
