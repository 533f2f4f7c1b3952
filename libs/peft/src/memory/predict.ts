/** @file The peak of a trial's training step by part, from shapes alone. Makes no tensor and needs no backend. */

import type { AttentionChoice } from '../engine/chunk.js';
import type { MemoryParts } from '../engine/memory-parts.js';
import { type EngineName, type EngineTraits, traitsOf } from '../engine/traits.js';
import { foundOnce } from '../found-once.js';
import { discriminating, type GradientPart, type Method } from '../method.js';
import { inDtype, vocabularySize } from '../models/config.js';
import { trainedConfig } from '../models/pruning.js';
import { objectiveFor } from '../objectives/registry.js';
import { attackOf, unitRowsOf } from '../recipes/recipe.js';
import type { ComputeDtype, DoubleQuantization } from '../tensor/base-dtypes.js';
import { sizeOf } from '../tensor/shape.js';
import type { Checkpointing } from '../training/checkpointing.js';
import type { Execution } from '../training/execution.js';
import { featureWeight } from '../training/penalties.js';
import { planTrial, type TrialPlan } from '../training/plan.js';
import type { PlanOptions } from '../training/plan-options.js';
import type { PreparationName } from '../training/preparations/registry.js';
import { keepsReference } from '../training/reference.js';
import { planTraining } from '../training/refusals/refusal.js';
import { answersAtATime } from '../training/written.js';
import { attackMoments } from './attack.js';
import { calibrationMoments, gradientMoments } from './calibration.js';
import { type Moment, peakOf } from './moment.js';
import { activePlan, frozenPlan, passMoments } from './passes.js';
import { perLayerMoments } from './per-layer.js';
import { readsOf } from './placement.js';
import { adaptersOnce, baseOnce, optimizerMemory, trainedOnce } from './plan-sizes.js';
import { scoredRows, searchMoments } from './search.js';
import { INDEX_BYTES, total } from './sizes.js';
import { defaultTorchOptions, type TorchOptions } from './torch/options.js';
import { predictTorch } from './torch/predict.js';
import { traceStep, traitsFor } from './trace.js';

export interface PredictInput extends PlanOptions {
  optimizer: GradientPart;
  /** The engine that the trial runs on. Default `wasm`. */
  engine?: EngineName | undefined;
  /** The engine computes on an accelerator, where it can on several devices. Default: on the host. */
  accelerator?: boolean | undefined;
  /** Units of a batch. */
  batchSize: number;
  /** Rows that a unit has at most. Default 1. */
  unitRows?: number | undefined;
  /** Tokens of an example. */
  sequence: number;
  /** Default 1. */
  accumulate?: number;
  /** Default 0. */
  dropout?: number;
  /** Default `tree`. */
  execution?: Execution | undefined;
  /** Default `none`. */
  checkpointing?: Checkpointing | undefined;
  /** Type of products with frozen kernels of linear layers. Default: float32. */
  computeDtype?: ComputeDtype | undefined;
  doubleQuantization?: DoubleQuantization | undefined;
  /** How scores of attention are held. Default: as the length suggests. */
  attention?: AttentionChoice | undefined;
  /** Processes that train together, each with its part of a batch. Bytes are those of each. Default 1. */
  devices?: number | undefined;
  /** Optimizer steps; what is held does not depend on their number, unless it is 0. Default: some. */
  steps?: number;
  /** Most tokens of an answer, where evaluation has the model write answers; absent: it does not. */
  answerTokens?: number | undefined;
  /** Bytes of one number, default 4: the library computes in float32. 2 reproduces tables published for bf16. */
  bytesPerElement?: number;
}

/**
 * Bytes held at the peak of a trial. A step is walked operation by operation, forward and back, then the update; without a
 * step the forward pass that evaluates. A calibration, where the method asks for one and does not start from an adapter, is
 * walked before. The peak is the moment that holds most, and the parts are those of that moment.
 *
 * @throws Error naming an unknown target, a layer that the method cannot be put on, a method that trains nothing, or what
 *   cannot be updated per layer
 * @example
 * predictMemory({ model, method, config, optimizer, targets: ['query', 'value'], batchSize: 8, sequence: 64 }).total;
 */
export function predictMemory(given: PredictInput): MemoryParts {
  const { bytesPerElement = 4, engine = 'wasm' } = given;
  const { runner }: EngineTraits = traitsOf(engine);
  if (runner) return heldByRunner[runner.holds](given);
  const trained = onTrained(given);
  const plan = planTraining(trained);
  const input = inRows(trained);
  const own = input.steps === 0 ? ofEvaluation(input, plan) : ofTraining(input, plan);
  const before = preparationPeaks(input, plan);
  const peak = Object.values(before).reduce<Floats>(
    (most, moment) => (moment && sumOf(moment) > sumOf(most) ? moment : most),
    own,
  );
  const bytes = Object.fromEntries(Object.entries(peak).map(([part, count]) => [part, count * bytesPerElement]));
  return { ...(bytes as Floats), total: sumOf(peak) * bytesPerElement };
}

/** What a training holds in a program of its own. */
const heldByRunner: Record<NonNullable<EngineTraits['runner']>['holds'], (given: PredictInput) => MemoryParts> = {
  asTorch(given) {
    planTraining(onTrained(given));
    // The runner is given open kernels, and packs them by itself.
    const { baseDtype: _, doubleQuantization: __, ...open } = given;
    const batchSize = given.batchSize / (given.devices ?? 1);
    return predictTorch({ ...open, batchSize, options: onCores(given) }).memory;
  },
};

/** How the runner computes on the cores. */
const onCores = ({
  checkpointing = 'none',
  baseDtype = 'float32',
  computeDtype = 'float32',
  doubleQuantization = 'on',
  attention,
  devices = 1,
}: PredictInput): TorchOptions => ({
  ...defaultTorchOptions,
  dtype: baseDtype,
  doubleQuantization: doubleQuantization === 'on',
  autocast: computeDtype === 'bfloat16',
  attention: attention === 'whole' ? 'eager' : 'sdpa',
  checkpointing,
  update: 'for-loop',
  device: 'cpu',
  gpus: devices,
});

type Floats = Omit<MemoryParts, 'total'>;

/** The batch in rows: every unit may have as many as the largest, or as a recipe gives it. */
export function inRows(input: PredictInput): PredictInput {
  const unitRows = unitRowsOf(input.recipe, input.unitRows);
  return { ...input, unitRows, batchSize: input.batchSize * (unitRows ?? 1) };
}

/** Floats held at the peak of each preparation. Bases are drawn and pruned on the host, and recipes make examples there; a teacher stays, and counts in every moment. */
const preparationPeaks = (input: PredictInput, plan: TrialPlan): Record<PreparationName, Floats | undefined> => ({
  drawnBase: undefined,
  prunedBase: undefined,
  calibration: predictCalibration(input),
  writtenExamples: predictSynthesis(input, plan),
  recipeExamples: undefined,
  chosenExamples: predictSelection(input),
  firstValues: undefined,
  teacher: undefined,
});

/** Floats held at the peak of the calibration; undefined where the method asks for none, or an adapter has what it found. */
export function predictCalibration(input: PredictInput): Floats | undefined {
  if (input.starts) return undefined;
  const bare = withoutWeight(input.method);
  const request = bare.calibration?.(input.config);
  if (request === undefined) return undefined;
  const plan = planTrial({ ...input, method: bare });
  const whole = request.inTurn ? planTrial(input) : plan;
  const making = (path: string) => makingOf(input.method, whole, path);
  const peak = peakOf(calibrationMoments(request, { ...input, method: bare, plan, dropout: 0 }, making));
  return { weights: total(plan.base), adapters: 0, optimizer: 0, ...peak };
}

/** The method before it is put on layers, found once: plans are found by the method that they are of. */
const withoutWeight = foundOnce(({ weight: _, ...bare }: Method): Method => bare);

/** Floats that a layer takes while it is made by itself: its tensors, the kernel in place of the base's, and products of its size. */
function makingOf({ init }: Method, { layers, adapters }: TrialPlan, path: string): number {
  const { shape } = layers.find((layer) => layer.path === path)!;
  const own = adapters.filter(({ layer }) => layer === path).reduce((sum, tensor) => sum + sizeOf(tensor.shape), 0);
  return own + (init?.changesKernel ? 3 : 1) * shape.in * shape.out;
}

/** Floats held while a recipe takes gradients of one example at a time, tensor by tensor; a warm-up holds no more than a step does. */
export function predictSelection(input: PredictInput): Floats | undefined {
  if (!input.recipe?.recipe.select?.directions || input.steps === 0) return undefined;
  const plan = planTrial(input);
  const costs = traceStep({ ...input, plan, batchSize: input.unitRows ?? 1, dropout: 0, alikeOnce: true });
  return { ...held(input, plan), optimizer: 0, ...peakOf(gradientMoments(costs)) };
}

/** Floats held at the peak of writing examples: the discriminator's training, beside the base that writes. */
function predictSynthesis(input: PredictInput, plan: TrialPlan): Floats | undefined {
  const { method, config, teacher, optimizer, engine, accelerator, batchSize, sequence } = input;
  if (method.synthesis === undefined || teacher === undefined) return undefined;
  const plain = discriminating(method);
  const read = { engine, accelerator, batchSize, sequence };
  const judged = { ...teacher, ...read, method: plain, config, classes: 2, optimizer };
  const peak = ofTraining(judged, planTrial(judged));
  const writer = [...plan.base, ...plan.discarded].filter(({ kind }) => kind !== 'head');
  return { ...peak, weights: peak.weights + total(writer) };
}

/** The largest of what the optimizer may have a step train. */
function ofTraining(input: PredictInput, plan: TrialPlan): Floats {
  const sets = input.optimizer.activeSets?.(plan.info) ?? [plan.info];
  return sets
    .map((active) => ofSet(input, plan, activePlan(plan, active)))
    .reduce((most, each) => (sumOf(each) > sumOf(most) ? each : most));
}

/** Scoring a batch of a trial that trains nothing. A pruned base is put aside for the whole one before it would. */
function ofEvaluation(input: PredictInput, plan: TrialPlan): Floats {
  const none = { gradients: 0, activations: 0, workspace: 0 };
  const evaluated = () =>
    peakOf([...encodingMoments(input, plan), ...writingMoments(input, plan), ...searchMoments(input)]);
  return { ...held(input, plan), optimizer: 0, ...(input.method.pruning ? none : evaluated()) };
}

/** The pass over rows that are scored. */
function encodingMoments(input: PredictInput, plan: TrialPlan): Moment[] {
  const batchSize = scoredRows(input);
  const costs = traceStep({ ...keepingNothing(input, plan), batchSize, dropout: 0, result: 'scores', alikeOnce: true });
  return costs.map(({ forward }) => ({ gradients: 0, activations: 0, workspace: forward }));
}

/**
 * Writing answers after the longest prompts that leave room for them: the prompts are read, and the last token but one. Between
 * those all grows with the tokens. It is the most that is held, with fewer or shorter ones less is. Nothing where a pruned base is trained: evaluation then has the whole one.
 */
function writingMoments(input: PredictInput, plan: TrialPlan): Moment[] {
  const { answerTokens, sequence, method } = input;
  if (answerTokens === undefined || method.pruning) return [];
  const batchSize = answersAtATime(input.batchSize);
  const trace = { ...keepingNothing(input, plan), dropout: 0, batchSize, logitsOnly: batchSize };
  const prompt = traceStep({ ...trace, sequence: Math.max(1, sequence + 1 - answerTokens), past: 0 });
  const last = sequence > 1 ? traceStep({ ...trace, sequence: 1, past: sequence - 1 }) : [];
  return [...prompt, ...last].map(({ forward }) => ({ gradients: 0, activations: 0, workspace: forward }));
}

/** Floats that stay on the device, whatever is done with it. */
function held(input: PredictInput, { base, adapters, info }: TrialPlan): Pick<Floats, 'weights' | 'adapters'> {
  const { bytesPerElement = 4 } = input;
  const { indices, floats } = adaptersOnce(adapters);
  return {
    weights: heldFloats(base, bytesPerElement) + teacherFloats(input),
    // An index takes its own bytes, whatever a float takes.
    adapters: floats + (indices * INDEX_BYTES) / bytesPerElement + (keepsReference(input) ? trainedOnce(info).all : 0),
  };
}

/** A pass that no backward pass follows. */
const keepingNothing = (input: PredictInput, plan: TrialPlan) => ({
  ...input,
  plan: frozenPlan(plan),
  checkpointing: undefined,
});

/** Floats of the base on the device. Parts of packed kernels take their own bytes, whatever a float takes. */
const heldFloats = (base: TrialPlan['base'], bytesPerElement: number): number => {
  const { parts, others } = baseOnce(base);
  return others + parts * (4 / bytesPerElement);
};

function ofSet(input: PredictInput, whole: TrialPlan, plan: TrialPlan): Floats {
  const { method, config, optimizer, batchSize, sequence } = input;
  const { masks = 0, ...rankMemory } = method.rank?.memory(plan.layers, config) ?? { state: 0, workspace: 0 };
  const { bytesPerElement = 4 } = input;
  const engine = traitsFor(input);
  const optimizerBytes = optimizerMemory(optimizer, plan.info, { bytesPerFloat: bytesPerElement, engine });

  const lossless = method.outputPenalty !== undefined && method.outputPenalty.taskWeight?.(config) === 0;
  const dropout = input.dropout ?? 0;
  // A recipe's loss reads the outputs of the head on the host.
  const readsHead = input.recipe?.recipe.loss !== undefined;
  const rows = readsHead ? batchSize : (method.outputPenalty?.rows(config) ?? 0);
  const compared = featureWeight(method, config) > 0;
  const alikeOnce = input.execution !== 'perLayer';
  const whatRuns = { compared, alikeOnce, ...((lossless || readsHead) && { logitsOnly: rows }) };
  const costsOf = (penalized: boolean) =>
    traceStep({ ...input, plan, batchSize, sequence, dropout, ...whatRuns, penalized });
  const costs = costsOf(true);
  const penalty = {
    kept:
      method.penalty?.activations(
        plan.layers.map(({ shape }) => shape),
        config,
      ) ?? 0,
    gradients: method.penalty
      ? total(plan.adapters.filter(({ name, trained }) => trained && readsOf(method, name)))
      : 0,
  };
  const { all: gradients, largest } = trainedOnce(plan.info);
  const accumulated = (input.accumulate ?? 1) > 1 ? gradients : 0;
  // Gradients that the step took before, where it takes them at other values too.
  const before = optimizer.besides ? gradients : 0;

  const embeds = objectiveFor(input).on === 'embedding';
  const outputs = embeds
    ? batchSize * input.model.width
    : input.classes === undefined
      ? Math.min(rows, batchSize * sequence) * vocabularySize(input.model)
      : batchSize * input.classes;

  const teacher = learnedFrom(input);
  const taught = teacher ? ofTeacher(teacher, input, { outputs, rows }) : [];
  const passes = (): Moment[] =>
    optimizer.estimator ? forwardMoments(input, plan, { gradients, largest }) : backwardMoments();
  const seen = rows > 0 ? outputs : 0;
  const attack = attackOf(input.recipe, input.model.layers);
  const backwardMoments = (): Moment[] => [
    ...passMoments(costs, { ...penalty, outputs: seen }, before),
    ...(attack ? attackMoments(attack, { ...input, dropout }, plan, { gradients, before: accumulated + before }) : []),
    // A penalty on tensors is added to the first batch alone, whose gradients are held by those after it.
    ...(accumulated > 0
      ? passMoments(costsOf(false), { kept: 0, gradients: 0, outputs: seen }, accumulated + before)
      : []),
    // The two sums of gradients while they are added up.
    { gradients: gradients + accumulated + before, activations: 0, workspace: accumulated > 0 ? largest : 0 },
  ];
  const atOnce = (): Moment[] => [
    ...taught,
    ...passes(),
    {
      gradients: gradients + before,
      activations: 0,
      workspace: Math.max(optimizerBytes.workspace / bytesPerElement + masks, rankMemory.workspace),
    },
    // Updates of all parameters, and one parameter's next value: in place of its update, or chosen from it by a mask,
    // whose condition takes a byte for each entry.
    {
      gradients: gradients + before,
      activations: 0,
      workspace: gradients + masks + (masks > 0 ? 1.25 : 1) * largest,
    },
  ];
  return {
    ...held(input, whole),
    // State that is no float counts as what it takes beside one.
    optimizer: optimizerBytes.state / bytesPerElement + rankMemory.state,
    ...peakOf([
      ...(input.execution === 'perLayer'
        ? perLayerMoments(costs, plan.info, { optimizer, bytesPerElement, engine })
        : atOnce()),
      ...writingMoments(input, whole),
      // Fewer rows may be trained on than are encoded at a time, where documents are fixed.
      ...(embeds && !method.pruning ? encodingMoments(input, whole) : []),
      ...searchMoments(input),
    ]),
  };
}

/** The teacher that the method learns from; one that is only compared with takes no part in training. */
const learnedFrom = ({ method, teacher }: PlanOptions): PlanOptions | undefined =>
  method.outputPenalty?.against.includes('teacher') ? teacher : undefined;

/** Frozen tensors of what the method learns from. */
export function teacherFloats(input: PlanOptions): number {
  const teacher = learnedFrom(input);
  const plan = teacher && planTrial(teacher);
  return plan ? total(plan.base) + total(plan.adapters) : 0;
}

/** Forward passes over perturbed copies of what is trained, and the estimate that is made of them. */
function forwardMoments(
  input: PredictInput,
  plan: TrialPlan,
  { gradients, largest }: { gradients: number; largest: number },
): Moment[] {
  const compared = featureWeight(input.method, input.config) > 0;
  const costs = traceStep({ ...keepingNothing(input, plan), dropout: input.dropout ?? 0, compared, alikeOnce: true });
  return [
    // Making the copies: one tensor's numbers, the same scaled, and the sum.
    { gradients: 0, activations: 0, workspace: gradients + 2 * largest },
    ...costs.map(({ forward }) => ({ gradients: 0, activations: 0, workspace: gradients + forward })),
    // The sum so far, in place of the gradient, with one perturbation before and after its weight, or the next sum.
    { gradients, activations: 0, workspace: 2 * largest },
  ];
}

/** A teacher's forward pass over the batch, which keeps nothing. */
function ofTeacher(
  teacher: PlanOptions,
  { engine, accelerator, batchSize, sequence }: Pick<PredictInput, 'engine' | 'accelerator' | 'batchSize' | 'sequence'>,
  { outputs, rows }: { outputs: number; rows: number },
): Moment[] {
  const plan = planTrial(teacher);
  const frozen = {
    ...plan,
    trainedBase: [],
    adapters: plan.adapters.map((adapter) => ({ ...adapter, trained: false })),
  };
  const read = { engine, accelerator, batchSize, sequence, dropout: 0, logitsOnly: rows, alikeOnce: true };
  const costs = traceStep({ ...teacher, ...read, plan: frozen });
  const moments = costs.map(({ forward }) => ({ gradients: 0, activations: 0, workspace: forward }));
  const logits = { gradients: 0, activations: 0, workspace: outputs };
  return [...moments, logits];
}

const sumOf = (floats: Floats): number => Object.values(floats).reduce((sum, count) => sum + count, 0);

/**
 * Trained scalars of a trial, a classification head included. Throws as `predictMemory` does.
 *
 * @param input its optimizer, where it may leave some alone
 */
export function countTrainable(input: PlanOptions & { optimizer?: GradientPart }): number {
  const { adapters, base } = trainedByPlace(input);
  return adapters + base;
}

/** The same by where they are: tensors of the method, and of the base with its head. */
export function trainedByPlace(input: PlanOptions & { optimizer?: GradientPart }): { adapters: number; base: number } {
  const { info, trainedBase } = planTraining(onTrained(input));
  const ofBase = new Set(trainedBase.map(({ path }) => path));
  const trained = input.optimizer?.trains?.(info) ?? info;
  const base = total(trained.filter(({ path }) => ofBase.has(path)));
  return { adapters: total(trained) - base, base };
}

/** The same on the model that training sees, which a pruning made smaller, or whose kernels are packed. */
export function onTrained<I extends PlanOptions>(input: I): I {
  return { ...input, model: inDtype(trainedConfig(input.model, input.method, input.config), input.baseDtype) };
}
