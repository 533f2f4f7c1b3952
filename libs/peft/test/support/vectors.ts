import { readdirSync, readFileSync } from 'node:fs';
import type { LayerShape, OutputKind } from '../../src/method.js';
import type { Nested } from './close.js';

type Kind = 'methods' | 'optimizers';
export type NestedTensors = Record<string, Nested>;

/** One layer of one method, in the layout of the library; written by oracle/vector.py. */
export interface MethodCase {
  layer: LayerShape;
  config: Record<string, unknown>;
  base: { kernel: Nested; bias: Nested };
  /** What the method was told of the data, where it asks for a calibration. */
  calibration?: {
    firstStep?: { learningRate: number; steps: number; warmupSteps: number };
    gradient?: Nested;
    inputs?: { rows: number; mean: Nested; absoluteMean: Nested; scatter: Nested };
  };
  /** The frozen kernel after the method's init. */
  frozenKernel: Nested;
  counts: { trained: number; frozen: number };
  /** First values that do not depend on chance. */
  initial: NestedTensors;
  /** Tensors whose first values follow from the kernel, and of which several serve: another seed finds the same ones. */
  found?: string[];
  /** Non-zero values of all tensors, trained and frozen. */
  tensors: NestedTensors;
  inputs: Nested[];
  targets: Nested[];
  output: Nested;
  /** Absent where no kernel computes the output. */
  kernel?: Nested;
  bias?: Nested;
  /** Mean squared error, without the penalty. */
  loss: number;
  penalty: number;
  /** Of loss plus penalty. */
  gradients: NestedTensors;
  inputGradient: Nested;
  afterSteps: {
    optimizer: { name: string; config: Record<string, number>; learningRate: number; steps: number };
    tensors: NestedTensors;
    output: Nested;
  };
  /** Forward passes of training, where they differ from those of evaluation. */
  training?: { draws: Draws; output: Nested; gradients: NestedTensors; inputGradient: Nested }[];
  /** A forward pass of training in which dropout multiplies its argument by `mask`. */
  dropout?: { mask: Nested; output: Nested; gradients: NestedTensors; inputGradient: Nested };
}

/** A table, what a calibration saw of it, and rows looked up in what the method puts in its place. */
export interface TableCase {
  layer: LayerShape;
  config: Record<string, unknown>;
  kernel: Nested;
  reads: { rows: number; shares: Nested };
  initial: NestedTensors;
  tensors: NestedTensors;
  ids: number[];
  targets: Nested[];
  output: Nested;
  /** The table that the tensors make. */
  effective: Nested;
  loss: number;
  gradients: NestedTensors;
}

/** What a reference drew from a stream: normal numbers, uniform ones, or whole numbers below a bound. */
export interface LabelledDraws {
  normals?: unknown;
  uniforms?: unknown;
  integers?: number[];
}

/** What the streams of a step give, whatever their label: this integer, and these normals and uniforms from the first on. */
export interface Draws {
  integer?: number;
  normals?: Nested;
  uniforms?: number[];
}

/** A run of a rank part. Layers get the values here anew before every step, as an optimizer would have left them. */
export interface ScheduleCase {
  config: Record<string, unknown>;
  totalSteps: number;
  shapes: Record<string, LayerShape>;
  /** Frozen base kernels, where the part reads them. */
  kernels?: NestedTensors;
  steps: {
    step: number;
    layers: Record<
      string,
      {
        tensors: NestedTensors;
        gradients: NestedTensors;
        observed?: Record<string, number>;
        /** The layer's kernel in this step, where it is trained. */
        kernel?: Nested;
      }
    >;
    draws?: Draws;
    /** Masks by layer and tensor, in the shape of the tensor. */
    masks?: Record<string, NestedTensors>;
    /** Terms of gradients by layer and tensor. */
    added?: Record<string, NestedTensors>;
    /** Values after the step, by layer and tensor; tensors not named keep theirs. */
    after: Record<string, NestedTensors>;
    /** Values of the part's own state after the step, by name. */
    state?: NestedTensors;
    ranks?: Record<string, number>;
  }[];
}

/** A method in a whole model; written by oracle/tiny_gpt2.py. Tensors have the paths of a trial. */
export interface ModelCase {
  model: unknown;
  weights: NestedTensors;
  config: Record<string, unknown>;
  targets: string[];
  classes?: number;
  batch: { inputs: number[]; targets: number[]; sequence: number; lengths: number[] };
  /** Values of everything that is trained, and of frozen adapter tensors. */
  tensors: NestedTensors;
  loss: number;
  gradients: NestedTensors;
  afterSteps: {
    optimizer: { name: string; config: Record<string, number>; learningRate: number; steps: number };
    tensors: NestedTensors;
    loss: number;
  };
}

/** Ranks that a method gives to layers with these kernels, or these moments of their inputs. */
export interface AllocationCase {
  config: Record<string, unknown>;
  kernels?: Nested[];
  inputs?: NonNullable<NonNullable<MethodCase['calibration']>['inputs']>[];
  /** Of every layer, by the rank of what stands in its place. */
  losses?: Record<string, number>[];
  ranks: number[];
}

/** What a pass over these batches finds out for the targeted layers of a model, by path. */
export interface CalibrationCase extends Pick<ModelCase, 'model' | 'weights' | 'targets'> {
  batches: ModelCase['batch'][];
  /** Of the method; omitted: its defaults. */
  config?: object;
  layers: Record<string, NonNullable<MethodCase['calibration']> & { losses?: Record<string, number> }>;
  /** That the method gives the layers of what was found. */
  ranks?: Record<string, number>;
}

/** A pruned model: what it keeps by layer, its loss, and what its adapter is on the whole model. */
export interface PruningCase extends Pick<ModelCase, 'model' | 'weights' | 'config' | 'batch' | 'loss'> {
  kept: Record<string, { in?: number[]; out?: number[] }>;
  /** In the shapes of the pruned model. */
  tensors: NestedTensors;
  /** By layer: the update of the whole kernel. */
  update: NestedTensors;
  /** Of the whole model with the recovered adapter. */
  recoveredLoss: number;
}

/** A penalty on logits `[rows, outputs]`. */
export interface OutputPenaltyCase {
  kind: OutputKind;
  config: Record<string, unknown>;
  logits: Nested[];
  reference?: Nested[];
  teacher?: Nested[];
  /** What is right in each row, where the penalty reads it. */
  targets?: number[];
  value: number;
  gradient: Nested[];
}

/** Loss and gradients are those of a step, with all penalties. `features` is the penalty on features by itself. */
export interface FeaturePenaltyCase extends ModelCase {
  features: { value: number; gradients: NestedTensors };
}

export interface MethodVector {
  source: string;
  /** The script's docstring: which paper, code or library its numbers follow, and which of them where they differ. */
  follows: string;
  cases: MethodCase[];
  tables?: TableCase[];
  allocations?: AllocationCase[];
  /** What a calibration finds out on a whole model. */
  calibrations?: CalibrationCase[];
  /** For methods that live in a model rather than in a layer. */
  models?: ModelCase[];
  schedules?: ScheduleCase[];
  outputPenalties?: OutputPenaltyCase[];
  featurePenalties?: FeaturePenaltyCase[];
  prunings?: PruningCase[];
}

export interface OptimizerCase {
  config: Record<string, number | string>;
  learningRate: number;
  parameters: Record<string, { role: string; decays: boolean; shape: number[]; values: Nested }>;
  steps: { gradients: NestedTensors; values: NestedTensors }[];
  /** What the optimizer draws, by the label of the stream. */
  draws?: Record<string, LabelledDraws>;
}

export interface OptimizerVector {
  source: string;
  /** As a method's. */
  follows: string;
  cases: OptimizerCase[];
  /** Where gradients are estimated: the weights of perturbations with these losses. */
  estimates?: { config: Record<string, number>; losses: number[]; weights: number[] }[];
}

const folder = (kind: Kind, what: 'vectors' | 'oracle') => new URL(`../${what}/${kind}/`, import.meta.url);

export function readVector(kind: 'methods', name: string): MethodVector;
export function readVector(kind: 'optimizers', name: string): OptimizerVector;
export function readVector(kind: Kind, name: string): MethodVector | OptimizerVector {
  return JSON.parse(readFileSync(new URL(`${name}.json`, folder(kind, 'vectors')), 'utf8'));
}

/** Names that have a file: a vector (`json`) or the script that makes it (`py`). */
export function namesWith(kind: Kind, extension: 'json' | 'py'): string[] {
  return readdirSync(folder(kind, extension === 'json' ? 'vectors' : 'oracle'))
    .filter((file) => file.endsWith(`.${extension}`))
    .map((file) => file.slice(0, -extension.length - 1))
    .sort();
}

/** Vectors that do not name a paper, the authors' code or a library that their numbers follow. */
export function withoutOrigin(kind: Kind): string[] {
  const origin = /arXiv \d{4}\.\d{5}|github\.(com|io)|authors' code|\bpeft\b|\btorch\.\w+|transformers'/;
  const says = (name: string) => (kind === 'methods' ? readVector(kind, name) : readVector(kind, name)).follows ?? '';
  return namesWith(kind, 'json').filter((name) => !origin.test(says(name)));
}
