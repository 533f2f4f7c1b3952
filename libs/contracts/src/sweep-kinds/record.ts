import type { z } from 'zod';
import type { TrialKind } from '../trial-kind.js';

/** A field of a request that only some kinds of sweep have. */
export interface KindField {
  /** Optional: other kinds leave it out. */
  schema: z.ZodOptional<z.ZodType>;
  /** Tells a sweep of another kind what to do instead. Absent: its kind is said. */
  instead?: string;
}

/**
 * A kind of sweep: what it asks of its methods, and what follows for its fields, its trials and its boards. What the API does
 * for it is its own `planning/kinds`.
 */
export interface SweepKindRecord<N extends string = string> {
  name: N;
  /** On a button, and as the title of a board. */
  label: string;
  boardLabel: string;
  /** One sentence for people who choose. */
  says: string;
  /** The rest of a sentence that begins with the name, in the description of the API. */
  purpose: string;
  /** Fields of its request that a sweep of another kind does not have. */
  fields: Readonly<Record<string, KindField>>;
  /** The kind of trial that its strategy asks for. */
  trial: TrialKind;
  /** The same where parts of a trial may be trials as well, and the request asks for that. */
  trialOfParts?: TrialKind;
  /** The kind of trial that it asks for of a method that trains nothing. Absent: it takes none. */
  baseline?: TrialKind;
  /** The purposes of the methods that it takes, as these say them. */
  methods: readonly string[];
  /**
   * A whole model is trained or made smaller: by its own head, with all of its layers where nothing else is asked for, and
   * from no adapter or teacher.
   */
  wholeModel: boolean;
  /** Its trainings leave a model that is smaller than its base: boards show what is stored, and the score of the base before. */
  makesSmaller: boolean;
  /** Each configuration is a contender of its own, as it is and recovered: the largest model would win every time. */
  configurationsCompete: boolean;
  /**
   * Its request brings the program that runs, and names for task, base and methods: what these are is the program's own, and no result of
   * it is taken for another's. The engine is one that runs commands.
   */
  commands?: true;
  /** Engines that are programs of their own run its trials. Absent: none does. */
  onRunners?: true;
}
