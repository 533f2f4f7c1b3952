/**
 * @file The five slots a fine-tuning method is made of. A method is data: a record that chooses a part for each
 * slot. Every part is a set of pure functions; state is handed in and handed back.
 *
 * Shapes follow tfjs: a kernel is `W [in, out]`, a bias `b [out]`, an activation `x [rows, in]`, and the base layer
 * computes `x·W + b`. `rows` is batch × sequence: activations of a linear layer are always flattened to rank 2.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { Matrix } from 'ml-matrix';
import type { z } from 'zod';
import type { PeftForm } from './export/form.js';
import type { Random } from './tensor/random.js';

/** Where a transformer block uses a linear layer. */
export type LayerRole = 'query' | 'key' | 'value' | 'output' | 'gate' | 'up' | 'down';

/** Dimensions of one targeted linear layer. */
export interface LayerShape {
  in: number;
  out: number;
  bias: boolean;
  /**
   * Where a transformer block uses the layer, for methods that treat positions differently ((IA)³ rescales the input
   * of `down` and the output of all others). The model states it; omitted: no known position.
   */
  role?: LayerRole;
  /**
   * Attention heads that the outputs of `query`, `key` and `value` and the inputs of `output` consist of, side by side.
   * The model states it; omitted: the layer is not part of an attention.
   */
  heads?: number;
}

/** Named tensors of one scope (a layer, or the whole model). */
export type Tensors = Readonly<Record<string, tf.Tensor>>;

/**
 * A tensor a weight part asks for.
 * `trained`: the optimizer updates it; otherwise it stays bit-identical for the whole run.
 * `scheduled`: not trained, but the rank part puts new values in between steps (a pruning mask, norms of gradients).
 * `scope`: one per targeted layer, or one shared by all targeted layers of the model. Where layers ask for different
 * shapes of a shared tensor it is along every axis as large as the largest, and each layer reads the part it needs.
 * `pooled`: of model scope, and its first axis is what the layers that name the tensor ask for together.
 */
export interface TensorSpec {
  shape: number[];
  trained: boolean;
  scheduled?: boolean;
  pooled?: boolean;
  scope: 'layer' | 'model';
}

/** A tensor on the host, before it is put on a device. `values` is row-major. */
export interface HostTensor {
  shape: number[];
  values: Float32Array;
}

/** What a parameter of the base model is, for methods that train some of them. */
export interface BaseParameter {
  /** e.g. `blocks.0.attention.query.kernel` */
  path: string;
  kind: 'kernel' | 'bias' | 'norm-gain' | 'norm-bias' | 'embedding' | 'position-embedding' | 'head';
  shape: number[];
  /** True for the kernel and bias of a layer the trial targets (see `targets` of the trial's configuration). */
  targeted: boolean;
}

/** The frozen base layer as a weight part sees it on the device. */
export interface BaseLayer {
  shape: LayerShape;
  /** `[in, out]` */
  kernel: tf.Tensor2D;
  /** `[out]` */
  bias?: tf.Tensor1D;
  /** `x·W + b`, with the engine's fast products. `x [rows, in]` → `[rows, out]`. */
  forward(x: tf.Tensor2D): tf.Tensor2D;
}

/** Engine products a part must use instead of `tf.matMul`, whose gradients are slow on wasm. */
export interface Products {
  /** `a [m, k] · b [k, n]`, differentiable in both. */
  matMul(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D;
}

/** Streams of random numbers by label: whoever asks for the same label gets the same numbers, from the start. */
export type Streams = Pick<Random, 'fork'>;

/** What holds for one layer of one trial while it runs. */
export interface LayerContext<C> {
  /** e.g. `blocks.0.attention.query` */
  path: string;
  config: C;
  products: Products;
  /** Device tensors of this layer, trained and frozen, and those of model scope, by the names in `tensors()`. */
  tensors: Tensors;
  /** Applies the trial's dropout to an activation while training; the identity in evaluation. */
  dropout(x: tf.Tensor2D): tf.Tensor2D;
  /**
   * What a forward pass in training draws from; absent in evaluation and merging. The streams are those of the optimizer
   * step: every accumulated batch sees the same, and so does the rank part. For numbers of a layer's own the label names
   * its `path`; a label without it is a draw that all layers share.
   */
  random?: Streams;
  /**
   * Hands a small result of a backward pass to the rank part, under a name of the method's choice. Results of accumulated
   * batches are added up; the value stays the caller's. Absent outside training steps.
   */
  observe?(name: string, value: tf.Tensor): void;
}

/** A number of floats: `perRow` grows with the rows of an activation, `fixed` does not. */
export interface Floats {
  perRow: number;
  fixed: number;
}

/**
 * What a weight part holds while a step runs: `perRow` and `fixed` floats that `forward` keeps for the backward pass
 * beyond what the frozen base layer keeps.
 */
export interface Activations extends Floats {
  /** x itself is kept too. Layers that share an input share the copy, so the model counts it. Default false. */
  keepsInput?: boolean;
  /** The trial's dropout is applied to x. Default false. */
  dropsInput?: boolean;
  /** Most that exists at once only inside `forward`, input and output not included. Default none. */
  transient?: Floats;
  /**
   * Most that exists at once only inside the part's own backward pass, when the gradient of x has taken the place of that
   * of the output. Default: a gradient and one product of everything that is kept, beside both. To be stated where what is
   * kept has no gradient, or more is made than that.
   */
  backward?: Floats;
}

/**
 * Slot 1, weight: how trained and frozen tensors change a linear layer.
 * Law: `forward(x)` equals `x · kernel() + bias()` for every x when dropout is off (to the engine's tolerance).
 */
export interface WeightPart<C> {
  /** Every tensor of a targeted layer of this shape, and of the model. The layer's own kernel and bias are not listed. */
  tensors(layer: LayerShape, config: C): Record<string, TensorSpec>;
  /** Activation path: `x [rows, in]` → `[rows, out]`, bias included. */
  forward(x: tf.Tensor2D, base: BaseLayer, context: LayerContext<C>): tf.Tensor2D;
  /** Weight path: the effective kernel `[in, out]`, as merging stores it. */
  kernel(base: BaseLayer, context: LayerContext<C>): tf.Tensor2D;
  /** The effective bias, where a method changes it. Omitted: the base's own bias. */
  bias?(base: BaseLayer, context: LayerContext<C>): tf.Tensor1D | undefined;
  /** Floats held while a step runs, for the memory prediction. */
  activations(layer: LayerShape, config: C): Activations;
  /** The update as a product of two thin matrices, where it always is one. Adapters are folded to plain LoRA by it. */
  lowRank?: LowRankForm<C>;
  /**
   * The trained tensors have values for every update of the kernel up to this rank, and no local minimum keeps training
   * from the best of them. Omitted: nothing is promised.
   */
  reaches?(layer: LayerShape, config: C): number;
}

/** `kernel() = base kernel + a · b`, and the bias is the base's own. */
export interface LowRankForm<C> {
  /** Columns k of `a`. */
  rank(layer: LayerShape, config: C): number;
  /** `a [in, k]` and `b [k, out]`, whatever scale there is included. */
  factors(layer: LayerShape, context: LayerContext<C>): { a: tf.Tensor2D; b: tf.Tensor2D };
  /** Set where training never changes `a`. */
  frozenA?: true;
}

/** What a method wants to know of the data before its first step; the trainer gathers it on the training split alone. */
export interface CalibrationRequest {
  /** `gradient`: of the loss, for the frozen kernel. `inputs`: moments of what flows into the layer. */
  statistic: 'gradient' | 'inputs';
  /** Batches it is gathered over, each as large as a batch of the trial. */
  batches: number;
}

/** What a calibration found out for one targeted layer of the untouched base. Matrices are not to be written to. */
export interface LayerCalibration {
  /** Learning rate of the trial's first step. */
  learningRate: number;
  /** `[in, out]`: mean over the batches of ∂loss/∂W. */
  gradient?: Matrix;
  inputs?: InputMoments;
}

/** Moments of the rows that flow into a layer; padding, and tokens whose loss does not count, are left out. */
export interface InputMoments {
  rows: number;
  /** `[in]` */
  mean: Float64Array;
  /** `[in, in]`: the sum over rows of `(x − mean)ᵀ·(x − mean)`. */
  scatter: Matrix;
}

/** Slot 2, init: first values of every tensor of the weight part, on the host in float64 linear algebra. */
export interface InitPart<C> {
  /**
   * Set where `layer` replaces the base kernel by what its own first update leaves of it: kernel + first update = base
   * kernel. An adapter that is to work on the original base then carries the difference to the first update.
   */
  leavesResidual?: true;
  layer(input: {
    shape: LayerShape;
    /** Base kernel `[in, out]`, float64 copy. */
    kernel: Matrix;
    config: C;
    random: Random;
    /** Shapes of all targeted layers in model order, and which of them this one is. */
    layers: readonly LayerShape[];
    index: number;
    /** Given where the method asks for a calibration. */
    calibration?: LayerCalibration;
  }): {
    tensors: Record<string, HostTensor>;
    /** Replaces the frozen kernel (PiSSA keeps the residual). Omitted: unchanged. */
    kernel?: Matrix;
  };
  /**
   * The kernel that `layer` puts in place of the base's, from its own first values (by name, as float32 holds them) alone.
   * For an init that a calibration leads: the first values are stored beside an adapter, and no data is needed to put it
   * back.
   */
  kernelFrom?(input: { kernel: Matrix; first: Readonly<Record<string, HostTensor>>; config: C }): Matrix;
  /** First values of tensors of model scope. `layers` lists the shapes of all targeted layers in model order. */
  model?(input: { layers: LayerShape[]; config: C; random: Random }): Record<string, HostTensor>;
}

/** Names and device tensors of everything that is trained, by path. Iteration order is the model's order and is stable. */
export type ParameterMap = ReadonlyMap<string, tf.Tensor>;

/** What an optimizer may know of a parameter without its values. */
export interface ParameterInfo {
  path: string;
  shape: number[];
  /** Adapter tensors carry the name they have in `tensors()`; base parameters carry their kind. */
  role: string;
  /** True where weight decay applies: rank-2 tensors. */
  decays: boolean;
}

/**
 * Slot 3, gradient: gradients → updates that are *added* to the parameters.
 * A part holds no state of its own: `init` makes it, `update` takes it and returns the next.
 * Ownership: `update` must not dispose `gradients` or `parameters`; it disposes the parts of `state` it replaces.
 * It is asynchronous because some parts read from the device, which WebGPU allows in no other way.
 * State is a flat record of named tensors so that a checkpoint can store any of it.
 */
export interface GradientPart {
  init(parameters: readonly ParameterInfo[]): OptimizerState;
  update(input: {
    gradients: ParameterMap;
    parameters: ParameterMap;
    info: readonly ParameterInfo[];
    state: OptimizerState;
    /** 1-based optimizer step. */
    step: number;
    /** Learning rate of this step, after warm-up and schedule. */
    learningRate: number;
    products: Products;
  }): Promise<{ updates: Map<string, tf.Tensor>; state: OptimizerState }>;
  /** Elements held as state between steps, and the most held only inside `update` (for memory prediction). */
  memory(parameters: readonly ParameterInfo[]): { state: number; workspace: number };
}

/** Named state tensors; names start with the parameter's path, e.g. `blocks.0.attention.query.lora_A/m`. */
export type OptimizerState = Readonly<Record<string, tf.Tensor>>;

/** An optimizer recipe of the registry: a named way to build a gradient part from its configuration. */
export interface Optimizer<S extends z.ZodType = z.ZodType> {
  name: string;
  title: string;
  paper?: Paper;
  /** Default: full. */
  evidence?: Evidence;
  /** Configuration with defaults and a `description` for each field (shown in the new-sweep form). */
  config: S;
  /** Set when the optimizer reads `config.rank`; the sweep's rank axis then applies. */
  usesRank: boolean;
  build(config: z.infer<S>): GradientPart;
}

/** A targeted layer before there are tensors. */
export interface RankLayer {
  path: string;
  shape: LayerShape;
}

/** A targeted layer between the backward pass of a step and the next step. */
export interface SteppedLayer extends RankLayer {
  /** The base's kernel `[in, out]`. */
  kernel: tf.Tensor2D;
  /** Adapter tensors by name: trained and frozen, those of model scope included. */
  tensors: Tensors;
  /** Gradients of the trained ones as the optimizer gets them: accumulated and clipped. */
  gradients: Tensors;
  /** What the weight part observed in the backward passes of this step, by name. */
  observed: Tensors;
}

/** Tensors by layer path and tensor name. */
export type LayerTensors = ReadonlyMap<string, Readonly<Record<string, tf.Tensor>>>;

export interface RankInput<C> {
  /** 1-based. */
  step: number;
  totalSteps: number;
  /** Learning rate of this step. */
  learningRate: number;
  layers: readonly SteppedLayer[];
  state: OptimizerState;
  config: C;
  /** The streams that the forward passes of this step drew from. */
  random: Streams;
  products: Products;
}

/**
 * Slot 4, rank: what happens to a layer's tensors around the optimizer's update. It prunes and grows ranks, freezes
 * parts of tensors, and keeps what forward passes read besides trained tensors.
 * Ownership as for `GradientPart`: what comes in is not disposed, but for replaced parts of `state`.
 */
export interface RankPart<C> {
  init(layers: readonly RankLayer[], config: C): OptimizerState;
  /**
   * Before the optimizer's updates are added; tensors have the values that the gradients were taken at.
   * `masks` hold 0 or 1, for layer tensors that are trained, in a shape that broadcasts to the tensor's: an entry under a 0
   * stays bit-identical in this step, whatever the optimizer's momentum and decay.
   */
  before?(input: RankInput<C>): Promise<{ state: OptimizerState; masks?: LayerTensors }>;
  /** After the updates were added. `replaced` are next values of trained or `scheduled` tensors of layer scope. */
  after?(input: RankInput<C>): Promise<{
    state: OptimizerState;
    replaced?: LayerTensors;
    /** Rank of each layer now, by layer path: recorded as a metric. */
    ranks?: Readonly<Record<string, number>>;
  }>;
  /** Floats: held between steps, the most held inside `before` or `after`, and of all `masks` together (default 0). */
  memory(layers: readonly RankLayer[], config: C): { state: number; workspace: number; masks?: number };
}

/** A targeted layer as an allocation of ranks sees it. Matrices are not to be written to. */
export interface AllocationLayer extends RankLayer {
  /** Base kernel `[in, out]` in float64, converted when it is read. */
  readonly kernel: Matrix;
  /** Given where the method asks for a calibration. */
  calibration?: LayerCalibration;
}

/**
 * Ranks of the layers under a budget they share, decided once before the first step. A prediction, which knows shapes
 * alone, takes the budget as spread evenly.
 */
export interface AllocationPart<C> {
  /** Rank of every layer, in the order of `layers`. A layer with rank 0 carries no adapter; at least one has more. */
  ranks(layers: readonly AllocationLayer[], config: C): readonly number[];
  /** The configuration of a layer with this rank, at least 1. Default: `config` with its `rank` replaced. */
  configure?(config: C, rank: number): C;
}

/** What a sequence part may know of a model. */
export interface SequenceShape {
  /** Of the residual stream. */
  width: number;
  /** Every attention in model order: its path, e.g. `blocks.0.attention`, and the width of its keys and values. */
  attentions: readonly { path: string; width: number }[];
}

export interface SequenceContext<C> {
  model: SequenceShape;
  config: C;
  products: Products;
  /** By the names in `tensors()`. */
  tensors: Tensors;
}

/**
 * Slot 6, sequence: what stands before the tokens of every example, for methods that live there and not in a linear layer.
 * Tokens have positions behind it. It cannot be merged into the weights of the base.
 */
export interface SequencePart<C> {
  /** Positions that are taken up. */
  length(config: C): number;
  /** Every tensor, by name. `attention`: path of the one that reads it; omitted: read by all, or by the embedding. */
  tensors(model: SequenceShape, config: C): Record<string, { shape: number[]; trained: boolean; attention?: string }>;
  /** First values. `embeddings [vocabulary, width]` are those of the base's tokens; not to be written to. */
  init(input: { model: SequenceShape; config: C; random: Random; embeddings: HostTensor }): Record<string, HostTensor>;
  /** Rows `[length, width]` that go through the model as if they were embeddings of tokens. */
  embeddings?(context: SequenceContext<C>): tf.Tensor2D;
  /** Keys and values `[length, width of the attention]` that stand before those of the example's own tokens. */
  prefix?(attention: string, context: SequenceContext<C>): { key: tf.Tensor2D; value: tf.Tensor2D };
  /** Floats that making them keeps for the backward pass, for each attention or for the embedding. Default: none. */
  activations?(model: SequenceShape, config: C): number;
  /**
   * Its `peft_type` in Python peft, which heads the file counts, settings besides those of the model, and the method's
   * configuration from a file that is still to be trained, before its schema has checked it.
   */
  peft: {
    type: string;
    heads: 'query' | 'key';
    settings: Record<string, unknown>;
    config(settings: Readonly<Record<string, unknown>>): unknown;
  };
}

/** Slot 5, penalty: a differentiable scalar added to the loss. */
export interface PenaltyPart<C> {
  penalty(layers: readonly Tensors[], config: C, products: Products): tf.Scalar;
  /** Floats the penalty keeps for the backward pass (all layers together). */
  activations(layers: readonly LayerShape[], config: C): number;
}

/** What a row of logits is over: the classes (or the number) of a trained head, or the vocabulary. */
export type OutputKind = 'classes' | 'tokens';

/**
 * Slot 5, penalty, over what the model puts out. Outputs and those of the model as it was before training, which carry no
 * gradient, come on the host in float64; a method's penalty needs no operation of a device.
 */
export interface OutputPenaltyPart<C> {
  /**
   * Most rows it looks at in a batch. Of more tokens whose loss counts, as many are taken at equal distances; of a head
   * all examples.
   */
  rows(config: C): number;
  /** Value, added to the loss, and its gradient with respect to the logits; both `[rows, outputs]`. */
  evaluate(input: { logits: Matrix; reference: Matrix; kind: OutputKind; config: C }): {
    value: number;
    gradient: Matrix;
  };
}

export interface Paper {
  title: string;
  /** arXiv id, e.g. `2106.09685`. */
  arxiv?: string;
  year: number;
}

/** How well the implementation's reference is known. */
export type Evidence = { level: 'full' } | { level: 'partial'; reason: string };

/** What a trial has to offer to a method besides the layers of its base model. */
export interface Surroundings {
  /** Outputs of the head that is trained for the task: classes, or 1 for a number. Absent: the next token is predicted. */
  outputs?: number;
}

/** A fine-tuning method: what each slot holds. Omitted slots mean "nothing". */
export interface Method<S extends z.ZodType = z.ZodType> {
  /** Registry name, e.g. `lora-xs`; the name of the file. */
  name: string;
  title: string;
  paper?: Paper;
  evidence: Evidence;
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
   * What the method needs and a trial in these surroundings lacks, for people, e.g. `outputs over classes or tokens; …`.
   * Asked when a sweep is submitted. Undefined: nothing is missing. Default: it needs nothing.
   */
  requires?(surroundings: Surroundings): string | undefined;
  /** The untrained model equals the base model (the card's "identity"). */
  startsAtBase: boolean;
  /** Base parameters that are trained besides the adapter's tensors. Default: none. The task's head is always trained. */
  trainsBase?(parameter: BaseParameter, config: z.infer<S>): boolean;
  /** Default: the base layer, unchanged, with no tensors. */
  weight?: WeightPart<z.infer<S>>;
  init?: InitPart<z.infer<S>>;
  /** What the trainer finds out on the training data before the first values are made. Default: nothing. */
  calibration?(config: z.infer<S>): CalibrationRequest;
  /** Default: every layer has the rank of the configuration. */
  allocate?: AllocationPart<z.infer<S>>;
  rank?: RankPart<z.infer<S>>;
  sequence?: SequencePart<z.infer<S>>;
  penalty?: PenaltyPart<z.infer<S>>;
  outputPenalty?: OutputPenaltyPart<z.infer<S>>;
  /**
   * How the adapter is written for Python peft, where peft has the method. Default: folded to plain LoRA where the weight
   * part has a `lowRank` form, otherwise merged into the base model.
   */
  peft?: PeftForm<z.infer<S>>;
  /** Sensible learning rates for a sweep's defaults. */
  learningRates: readonly number[];
}

/** Keeps the literal types of a method record and checks it against the slots. */
export function defineMethod<S extends z.ZodType>(method: Method<S>): Method<S> {
  return method;
}

/** Keeps the literal types of an optimizer record. */
export function defineOptimizer<S extends z.ZodType>(optimizer: Optimizer<S>): Optimizer<S> {
  return optimizer;
}
