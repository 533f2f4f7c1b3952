import type { CreateGenerator, GeneratorKind, TrialGenerator } from '@rankforge/contracts';
import type { ArtifactStore, Database } from '@rankforge/db';
import type { PlanOptions } from '@rankforge/peft';
import type { Catalog } from '../../catalog/catalog.js';
import type { Tasks } from '../../catalog/tasks.js';
import type { ApiSettings } from '../../platform/env.js';

/** The records that a generator may be made of. */
export interface GeneratorSources {
  database: Database;
  settings: ApiSettings;
  catalog: Catalog;
  tasks: Tasks;
  store: ArtifactStore;
  /** Trainings of other projects are not found. */
  projectId: string;
  /** Aborts when whoever asks has left. */
  signal?: AbortSignal;
  /** Says to administrators what a caller may not read. */
  log(message: string, fields: object): void;
}

/** An adapter that stays on the base while this writes: what a prediction needs of it. */
export type HeldAdapter = Omit<PlanOptions, 'model'>;

/** How the API adds a kind of generator, and what it plans of it. */
export interface GeneratorRoutine<K extends GeneratorKind> {
  /**
   * Looks up what a request names, with the digest of all that is known of it.
   * @throws ProblemError naming the field that is wrong
   */
  identify(
    request: Extract<CreateGenerator, { kind: K }>,
    sources: GeneratorSources,
  ): Promise<Extract<TrialGenerator, { kind: K }>>;
  /** @throws Error where an administrator does not allow it any more */
  requireAllowed?(generator: Extract<TrialGenerator, { kind: K }>, sources: GeneratorSources): Promise<void>;
  /**
   * The adapter that is on the base. Absent: none is.
   * @throws Error where it is not there any more
   */
  held?(generator: Extract<TrialGenerator, { kind: K }>, sources: GeneratorSources): Promise<HeldAdapter>;
}
