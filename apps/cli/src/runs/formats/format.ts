import type { AskedMetric } from '@rankforge/contracts';
import type { ReadRun } from '../read-runs.js';

/** Runs that were scored on one test set. */
export interface ReadTask {
  task: string;
  /** The metric, as far as the files name it. */
  metric?: AskedMetric;
  runs: readonly ReadRun[];
  /** Sentences on how the files were read, for the reader of the board. */
  remarks: readonly string[];
}

/** The part to read, where files hold several tasks, metrics or filters. */
export interface Choice {
  task?: string | undefined;
  metric?: string | undefined;
  /** The way in which lm-evaluation-harness took an answer out of what the model wrote. */
  filter?: string | undefined;
}

/** A form in which results are kept. */
export interface RunFormat {
  /** What files of this form are, for the reader of an error. */
  holds: string;
  /** Files of this form at a path, which may be a folder; none where it holds others. */
  find(path: string): Promise<readonly string[]>;
  /** @throws CommandError naming file and line of what cannot be read or compared */
  read(files: readonly string[], choice: Choice): Promise<readonly ReadTask[]>;
}
