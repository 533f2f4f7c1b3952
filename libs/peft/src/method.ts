/**
 * @file A fine-tuning method, and the slots it is made of (one file each in `slots/`). A method is data: a record that
 * chooses a part for each slot. Every part is a set of pure functions; state is handed in and handed back.
 *
 * Shapes follow tfjs: a kernel is `W [in, out]`, a bias `b [out]`, an activation `x [rows, in]`, and the base layer
 * computes `x·W + b`. `rows` is batch × sequence: activations of a linear layer are always flattened to rank 2.
 */
import type { z } from 'zod';
import type { PeftConfigForm, PeftForm } from './export/form.js';
import type { AllocationPart } from './slots/allocation.js';
import type { CalibrationRequest } from './slots/calibration.js';
import type { Clocks } from './slots/clock.js';
import type { InitPart } from './slots/init.js';
import type { LayerShape } from './slots/layer.js';
import type { NumbersOf } from './slots/numbers.js';
import type { FeaturePenaltyPart, OutputPenaltyPart, PenaltyPart } from './slots/penalty.js';
import type { PruningPart } from './slots/pruning.js';
import type { RankPart } from './slots/rank.js';
import type { Evidence, Paper, PaperClaim } from './slots/reference.js';
import type { SequencePart } from './slots/sequence.js';
import type { StoredLayer } from './slots/stored.js';
import type { SynthesisRequest } from './slots/synthesis.js';
import type { TokensPart } from './slots/tokens.js';
import type { WeightPart } from './slots/weight.js';

export * from './slots/allocation.js';
export * from './slots/calibration.js';
export * from './slots/clock.js';
export * from './slots/generator.js';
export * from './slots/gradient.js';
export * from './slots/init.js';
export * from './slots/layer.js';
export * from './slots/numbers.js';
export * from './slots/parameter.js';
export * from './slots/penalty.js';
export * from './slots/pruning.js';
export * from './slots/rank.js';
export * from './slots/reference.js';
export * from './slots/sequence.js';
export * from './slots/stored.js';
export * from './slots/synthesis.js';
export * from './slots/tokens.js';
export * from './slots/weight.js';

/** The facts of a parameter of the base model, for methods that train some of them. */
export interface BaseParameter {
  /** e.g. `blocks.0.attention.query.kernel` */
  path: string;
  /** `kernel-factor`: one of the two matrices that a kernel is held as; `kernel-part`: a part of a packed one. Neither is ever trained. */
  kind:
    | 'kernel'
    | 'kernel-factor'
    | 'kernel-part'
    | 'bias'
    | 'norm-gain'
    | 'norm-bias'
    | 'embedding'
    | 'position-embedding'
    | 'head';
  shape: number[];
  /** True for the kernel and bias of a layer the trial targets (see `targets` of the trial's configuration). */
  targeted: boolean;
}

/**
 * The purposes for which a sweep takes a method: to adapt a base, to train a whole model on next tokens, to make a base smaller, to
 * answer by a procedure, or to be held against others while nothing of it is trained.
 */
export type Purpose = 'finetune' | 'pretrain' | 'compress' | 'evaluate' | 'baseline';

/** The surroundings that a trial offers to a method besides the layers of its base model. */
export interface Surroundings {
  /** Outputs over an example: classes, or 1 for a number or an event. Absent: the next token is predicted. */
  outputs?: number;
  /** A second base model with a finished adapter, to learn from. */
  teacher: boolean;
  /** An adapter of this base model that training starts from. */
  start: boolean;
  /** The base model predicts next tokens, so that it can write examples. */
  writes: boolean;
}

/** Something that a method needs, with the field of a trial that names it. */
export interface Named {
  field: 'teacher' | 'from';
  needs: string;
}

/** Whether a method is for training whole models alone, which begin with weights of their own. */
export const onlyPretrains = ({ purposes = [] }: Pick<Method, 'purposes'>): boolean =>
  purposes.length > 0 && purposes.every((purpose) => purpose === 'pretrain');

/** Whether a method is for training a base model on, which is what methods are for unless they say otherwise. */
export const finetunes = ({ purposes = ['finetune'] }: Pick<Method, 'purposes'>): boolean =>
  purposes.includes('finetune');

/** The method as it is on data alone: that of a discriminator of the examples which it has a base write. */
export function discriminating(method: Method): Method {
  const { outputPenalty: _, synthesis: __, requires: ___, ...plain } = method;
  return plain;
}

/** The rank part, where it does anything with this configuration. */
export const actingRank = <S extends z.ZodType>(
  { rank }: Pick<Method<S>, 'rank'>,
  config: z.infer<S>,
): RankPart<z.infer<S>> | undefined => (rank?.acts?.(config) === false ? undefined : rank);

/** A fine-tuning method: what each slot holds. Omitted slots mean "nothing". */
export interface Method<S extends z.ZodType = z.ZodType> {
  /** Registry name, e.g. `lora-xs`; the name of the file. */
  name: string;
  title: string;
  paper?: Paper;
  evidence: Evidence;
  /** Claims of its paper, or of one that measured it. */
  paperClaims?: readonly PaperClaim[];
  /** Kinds of sweep it is for. Default: `finetune` alone. */
  purposes?: readonly Purpose[];
  /** One sentence for people who choose. */
  summary: string;
  /**
   * Trained scalars of one layer, as people write it, e.g. `r·(in + out)`. `(down: in)` at its end is the formula of
   * layers of that role (or those, with commas), `(+ h·v once)` what the model has besides, however many layers there are.
   */
  parameterFormula: string;
  /**
   * Floats that a training step under AdamW holds for one layer besides the frozen base, in the same notation: `trained`
   * scalars (with gradient and two moments: 4·trained), frozen tensors, what is kept between steps, and what is kept of
   * `rows` tokens for the backward pass.
   */
  memoryFormula: string;
  /** Values of the names in both formulas that are neither a side of the layer nor a field of the configuration. */
  symbols?(layer: LayerShape, config: z.infer<S>): Record<string, number>;
  /** Configuration with defaults and a description per field. `rank` is a field where the method has one. */
  config: S;
  /**
   * Version of its numbers in such a trial, raised with every change by which they are others: results of an earlier one are not taken for
   * these. Default: 1, as when trials were first kept.
   */
  numbers?(of: NumbersOf<z.infer<S>>): number;
  /** Fields of the configuration that are steps after which something happens again. Default: none. */
  clocks?: Clocks;
  /** Actions besides those of its clocks that so many steps, one or more, are too few for: said for people. Default: none. */
  unfired?(config: z.infer<S>, steps: number): readonly string[];
  /** The sweep's rank axis applies to `config.rank`. */
  usesRank: boolean;
  /** Largest legal rank of a layer, where the method needs a bound. Default: no bound. */
  maxRank?(layer: LayerShape): number;
  /**
   * Why the method cannot be put on a layer of this shape with this configuration: names the field, what it is and what
   * would fit, e.g. `blockSize: 5 does not divide the 64 inputs; 4 and 8 do`. Undefined: it can. Default: it always can.
   * `layers` are the shapes of all targeted layers.
   */
  unfit?(layer: LayerShape, config: z.infer<S>, layers: readonly LayerShape[]): string | undefined;
  /** Boards draw its score as a line: a method that is no better has learnt nothing of use. Default: they do not. */
  lowerReference?: true;
  /**
   * Why the engines of this library cannot compute the method on a layer of this shape, said as in `unfit`. Asked before a
   * trial is accepted or gets tensors, never by a prediction: shapes alone know no such limit. Default: they can.
   */
  beyondEngine?(layer: LayerShape, config: z.infer<S>): string | undefined;
  /**
   * One training serves several ranks: which, and the configuration that evaluates and merges the trained tensors at one
   * of them. A sweep then trains once for its whole rank axis. Default: an adapter serves the rank it was trained at.
   */
  serves?: {
    ranks(config: z.infer<S>): readonly number[];
    /** @param rank one of `ranks(config)` */
    at(config: z.infer<S>, rank: number): z.infer<S>;
  };
  /**
   * Names what the method needs and a trial in these surroundings lacks, for people, e.g. `outputs over classes or tokens; …`,
   * with the field of the trial that names it, where there is one. Asked when a sweep is submitted. Undefined: nothing is
   * missing. Default: it needs nothing.
   */
  requires?(surroundings: Surroundings): string | Named | undefined;
  /** The untrained model equals the base model (the card's "identity"). */
  startsAtBase: boolean;
  /** Base parameters that are trained besides the adapter's tensors. Default: none. The task's head is always trained. */
  trainsBase?(parameter: BaseParameter, config: z.infer<S>): boolean;
  /**
   * Another method whose adapters training can start from besides its own, because their tensors are the same, and the
   * fields of the configuration that the adapter then decides. Default: its own alone, with the whole configuration.
   */
  startsFrom?: { method: string; fields: readonly string[] };
  /** Default: the base layer, unchanged, with no tensors. */
  weight?: WeightPart<z.infer<S>>;
  init?: InitPart<z.infer<S>>;
  /** The statistics of the training data that the trainer gathers before the first values are made. Default: none. */
  calibration?(config: z.infer<S>): CalibrationRequest;
  /** Examples that training reads in place of those of the data. Default: it reads the data. */
  synthesis?(config: z.infer<S>): SynthesisRequest;
  /** Default: every layer has the rank of the configuration. */
  allocate?: AllocationPart<z.infer<S>>;
  rank?: RankPart<z.infer<S>>;
  sequence?: SequencePart<z.infer<S>>;
  /** Default: the table of tokens is the base's, or trained as a whole. */
  tokens?: TokensPart<z.infer<S>>;
  /** Default: training sees the whole base model. */
  pruning?: PruningPart<z.infer<S>>;
  penalty?: PenaltyPart<z.infer<S>>;
  featurePenalty?: FeaturePenaltyPart<z.infer<S>>;
  outputPenalty?: OutputPenaltyPart<z.infer<S>>;
  /**
   * How the adapter is written for Python peft, where peft has the method. Default: folded to plain LoRA where the weight
   * part has a `lowRank` form, otherwise merged into the base model.
   */
  peft?: PeftForm<z.infer<S>>;
  /** How Python peft names the method in a configuration, where its files do not hold what the method needs here. */
  peftConfig?: PeftConfigForm<z.infer<S>>;
  /**
   * The size of a targeted layer that is stored to be used and not trained, its bias not counted. Default: its kernel,
   * unless the weight part replaces it, and its adapter tensors.
   */
  stored?(layer: LayerShape, config: z.infer<S>): StoredLayer;
  /** Sensible learning rates for a sweep's defaults. */
  learningRates: readonly number[];
}

/** Keeps the literal types of a method record and checks it against the slots. */
export function defineMethod<S extends z.ZodType>(method: Method<S>): Method<S> {
  return method;
}
