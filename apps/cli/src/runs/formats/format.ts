import type { AskedMetric } from '@rankforge/contracts';
import type { ReadRun } from '../read-runs.js';

/** Runs that were scored on one test set. */
export interface ReadTask {
  task: string;
  /** What the files say of their scores. */
  metric?: AskedMetric;
  runs: readonly ReadRun[];
  /** What a reader of the board should know of how the files were read. */
  remarks: readonly string[];
}

/** What is read of files that hold several things. */
export interface Choice {
  task?: string | undefined;
  metric?: string | undefined;
  /** Of lm-evaluation-harness: how an answer was taken out of what the model wrote. */
  filter?: string | undefined;
}

/** A form in which results are kept. */
export interface RunFormat {
  /** Files of this form at a path, which may be a folder; none where it holds others. */
  find(path: string): Promise<readonly string[]>;
  /** @throws CommandError naming file and line of what cannot be read or compared */
  read(files: readonly string[], choice: Choice): Promise<readonly ReadTask[]>;
}
