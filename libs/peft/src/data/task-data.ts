/** @file The data of a task, as a trainer takes it. */
import type { DataFacts, Split } from '../objectives/data.js';
import type { ObjectiveName } from '../objectives/registry.js';

/** The three disjoint splits of a task. Selection reads `validation`; `test` is read when a configuration is scored. */
export interface TaskData extends DataFacts {
  objective: ObjectiveName;
  train: Split;
  validation: Split;
  test: Split;
}
