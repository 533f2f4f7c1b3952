import type { CreateSweep, FieldError, TrainingOptions, TrialKind, TrialSpec } from '@rankforge/contracts';
import type { MetricInfo } from '@rankforge/peft';
import type { Task } from '@rankforge/tasks';
import type { MethodAxes } from '../expand.js';

/** Planning of a kind of sweep beside what its record says; each part may be left out. */
export interface KindPlanning {
  /** Checks the fields of a request against each other and the task; `add` says what is wrong. */
  check?(request: CreateSweep, add: (path: string, message: string) => void, task: Task): void;
  /** Options of its trainings that the kind decides, whatever the request says. */
  training?(request: CreateSweep): Partial<TrainingOptions>;
  /** The methods of a request with what only this kind varies. */
  expand?(methods: readonly MethodAxes[], request: CreateSweep): readonly MethodAxes[];
  /** Checks the methods once the options are known; `errors` say what is wrong. */
  checkMethods?(
    methods: readonly MethodAxes[],
    options: { task: Task; training: TrainingOptions },
    errors: FieldError[],
  ): void;
  /** Metrics of its trials besides those of the task. */
  metrics?(task: Task): readonly MetricInfo[];
  /** Kind of the trial of a spec, where that hangs on the request. Default: what the record of the kind says. */
  trial?(request: CreateSweep, spec: TrialSpec): TrialKind;
  /** Fields that it adds to the spec of each trial. */
  spec?(request: CreateSweep): Partial<TrialSpec>;
}
