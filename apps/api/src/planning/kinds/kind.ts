import type { Base } from '@rankforge/bases';
import type {
  Budget,
  CreateSweep,
  FieldError,
  MemoryByPart,
  TrainingOptions,
  TrialKind,
  TrialSpec,
} from '@rankforge/contracts';
import type { Method, MetricInfo } from '@rankforge/peft';
import type { Task } from '@rankforge/tasks';
import type { MethodAxes } from '../expand.js';

/** Task, base and methods that a request brings itself, as the installation has none of them. */
export interface OwnInputs {
  task: Task;
  base: Base;
  /** The method of an entry. */
  method(index: number): Method;
}

/** Settings of the installation that a request is held against. */
export interface Installation {
  /** Folders in which commands may run. */
  commandFolders: readonly string[];
}

/** Planning of a kind of sweep beside what its record says; each part may be left out. */
export interface KindPlanning {
  /**
   * Task, base and methods of a request that brings its own.
   * @param known the task that earlier sweeps have by this name
   */
  own?(request: CreateSweep, known: Task | undefined, add: (path: string, message: string) => void): OwnInputs;
  /** Checks the fields of a request against each other, the task and the installation; `add` says what is wrong. */
  check?(
    request: CreateSweep,
    add: (path: string, message: string) => void,
    task: Task,
    installation: Installation,
  ): void;
  /** Bytes that a trial is taken to hold, where these follow from its budget alone. */
  predicted?(budget: Budget): MemoryByPart;
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
