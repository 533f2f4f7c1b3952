/** @file The operations of a training step: an architecture's own description of its forward pass, read with sizes. */

import type { AttentionChoice } from '../engine/chunk.js';
import { type EngineName, traitsOf } from '../engine/traits.js';
import type { Method } from '../method.js';
import { type ApartOptions, apartOf } from '../models/apart.js';
import type { ModelInputKind } from '../models/architecture.js';
import { architectureOf, layersByPath, type ModelConfig, modelInput, parameterShapes } from '../models/config.js';
import { type Graph, oneByOne } from '../models/graph.js';
import { EMBEDDING } from '../models/sequence.js';
import type { LossGraph } from '../objectives/loss-graph.js';
import { outputs, ownHidden } from '../objectives/outputs.js';
import { headTable, type ObjectiveName, objectiveFor } from '../objectives/registry.js';
import type { ComputeDtype } from '../tensor/base-dtypes.js';
import { sizeOf } from '../tensor/shape.js';
import type { Checkpointing } from '../training/checkpointing.js';
import type { TrialPlan } from '../training/plan.js';
import { likeBefore } from './alike.js';
import { sizedAttention } from './attention.js';
import * as costs from './costs.js';
import * as formulas from './formula-costs.js';
import { linearCost, lookupCost } from './linear-costs.js';
import { lossSizes } from './loss.js';
import * as products from './multiply-adds.js';
import { type LocalCost, noProducts, type OperationCost, unsaid, type Value } from './operation-cost.js';
import { type HeldPast, heldPast } from './past.js';
import { placements, shapesOfBase, trainedSizes } from './placement.js';
import { sequenceRows } from './sequence-rows.js';
import { type Operation, Tape } from './tape.js';

export interface TraceInput extends ApartOptions {
  model: ModelConfig;
  method: Method;
  plan: TrialPlan;
  /** Rows of a batch. */
  batchSize: number;
  /** Rows that a unit has at most. Default 1. */
  unitRows?: number | undefined;
  sequence: number;
  dropout: number;
  /** Default `wasm`. */
  engine?: EngineName | undefined;
  /** The engine computes on an accelerator, where it can on several devices. Default: on the host. */
  accelerator?: boolean | undefined;
  /** Outputs of a head that the trial trains; absent where the model's own head is used. */
  classes?: number;
  /** The objective. Default: the usual one of the model with such a head. */
  objective?: ObjectiveName | undefined;
  /** The loss is left out: logits of at most so many rows are what the pass gives. */
  logitsOnly?: number;
  /**
   * The result of the pass: `scores` are what the scores of units are made of; `hidden` the states before any head. Default:
   * the loss.
   */
  result?: 'loss' | 'scores' | 'hidden';
  /** The outputs of blocks are compared with those of the original model, which runs before. */
  compared?: boolean;
  /** Places at which something is added to what blocks put out, and whether its gradient is made. Absent: nothing is. */
  perturbed?: { places: readonly number[]; trains: boolean };
  /** The method's penalty on tensors, where it has one, is a part of the loss. Default: it is. */
  penalized?: boolean;
  /** Paths of linear layers whose inputs are held until the pass is over. */
  held?: ReadonlySet<string>;
  /** Says what this forward pass keeps for its backward pass. Default `none`: all. */
  checkpointing?: Checkpointing | undefined;
  /** Type of products with frozen kernels of linear layers. Default: float32. */
  computeDtype?: ComputeDtype | undefined;
  /** How scores of attention are held. Default: as the length suggests. */
  attention?: AttentionChoice | undefined;
  /** Tokens of each example that were read before; keys and values are held for those that come after. Absent: none is held. */
  past?: number;
  /**
   * Blocks that are alike are walked where they begin and end, and those between are one entry with what they keep, leave behind and
   * multiply together: enough for a peak and for sums, since all that is held grows or falls evenly between. Absent: every block is.
   */
  alikeOnce?: boolean;
}

/** The operations of one forward pass, in order, each with what is held while it runs and while its gradients are made. */
export function traceStep(input: TraceInput): OperationCost[] {
  const { model, plan } = input;
  const tape = new Tape();
  const trained = trainedSizes(plan);
  const features = input.compared ? comparedWithOriginal(input, tape) : undefined;
  const cache = input.past === undefined ? undefined : heldPast(input, tape, input.past);
  const architectural = sizeGraph(input, tape, { trained, blockOutput: features?.blockOutput, cache });
  const graph: LossGraph<Value> = {
    ...architectural,
    ...lossSizes(tape, { model, plan, engine: traitsFor(input), unitRows: input.unitRows ?? 1 }),
  };
  const traced = (result: Value) => {
    if (features === undefined) return tape.trace(result);
    const operands = [result, ...features.distances];
    return tape.trace(tape.run({ name: 'sum', operands, rows: 1, width: 1, trains: false, cost: costs.sumCost }));
  };
  if (input.result === 'hidden') return traced(ownHidden(graph, model));
  const { on, loss } = objectiveFor(input);
  const { of, logits, scored } = outputs[on];
  const read = of(graph, model);
  if (input.logitsOnly !== undefined) return traced(logits(graph, read, input.logitsOnly));
  return traced(input.result === 'scores' ? scored(graph, read) : loss(graph, read));
}

/** Traits of the engine that a trial asks for. */
export const traitsFor = ({ engine = 'wasm', accelerator = false }: Pick<TraceInput, 'engine' | 'accelerator'>) =>
  traitsOf(engine, { accelerator });

/** Mirrors training/penalties.ts: the original model's pass, and what becomes of it as blocks are compared with theirs. */
function comparedWithOriginal(input: TraceInput, tape: Tape) {
  const { weight: _, sequence: __, ...method } = input.method;
  const plan = { ...input.plan, adapters: [], trainedBase: [] };
  const originals: Value[] = [];
  const blockOutput = (x: Value) => {
    tape.hold(x);
    originals.push(x);
  };
  const bare = { ...input, method, plan, dropout: 0, checkpointing: undefined };
  const graph = sizeGraph(bare, tape, { trained: () => 0, blockOutput });
  tape.release(tape.scope(() => architectureOf(input.model).hidden(graph, input.model)));
  const distances: Value[] = [];
  return {
    distances,
    blockOutput(x: Value): void {
      const cost = costs.squaredDistanceCost(x);
      const original = originals[distances.length]!;
      distances.push(tape.run({ name: 'distance', operands: [x], rows: 1, width: 1, trains: false, cost }));
      tape.letGo(original);
    },
  };
}

interface Tracing {
  /** Floats of a trained parameter, 0 of a frozen one. */
  trained: (path: string) => number;
  blockOutput?: ((x: Value) => void) | undefined;
  cache?: HeldPast | undefined;
}

function sizeGraph(input: TraceInput, tape: Tape, { trained, blockOutput, cache }: Tracing): Graph<Value> {
  const { model, plan, batchSize, sequence } = input;
  const engine = traitsFor(input);
  const rows = batchSize * sequence;
  const ownRows = plan.adapters.find(({ path }) => path === plan.ownRows?.path);
  const before = sequenceRows(input);
  const head = headTable(input);
  const layers = layersByPath(model);
  const placed = placements(input, trained);
  const shapes = parameterShapes(model);
  // A head is no part of the model.
  const shapeOf = (path: string) => shapes.get(path) ?? shapesOfBase(plan.base).get(path)!;
  const unary = (name: string, x: Value, cost: LocalCost, result: Partial<Operation> = {}) =>
    tape.run({ name, operands: [x], rows: x.rows, width: x.width, trains: false, ...result, cost });
  const binary = (name: string, x: Value, y: Value, cost: LocalCost, handsOn = false) =>
    tape.run({ name, operands: [x, y], rows: x.rows, width: x.width, trains: false, handsOn, cost });
  const uploaded = (name: string, rows: number, width: number) => {
    const cost = { saves: [], keeps: 0, forward: rows * width, backward: 0, gradients: 0 };
    return tape.run({ name, operands: [], rows, width, trains: false, cost });
  };
  const linear = (path: string, x: Value) => {
    if (input.held?.has(path)) tape.hold(x);
    const { use, factors, trains, completes } = placed(layers.get(path)!);
    const multiplyAdds = products.ofLinear(x, use, factors);
    const cost = linearCost(x, use, engine);
    const [rows, width] = [x.rows, use.shape.out];
    return tape.run({ name: path, operands: [x], rows, width, trains, cost, multiplyAdds, completes });
  };
  return {
    embed({ tokens, positions, types, scale = 1 }) {
      const width = shapeOf(tokens)[1]!;
      const sizes = {
        tokens: trained(tokens),
        tied: tokens === head,
        isScaled: scale !== 1,
        positions: positions === undefined ? 0 : trained(positions),
        types: types === undefined ? 0 : trained(types),
        ...(ownRows && { own: { size: sizeOf(ownRows.shape), trained: ownRows.trained } }),
      };
      const trains = sizes.tokens + sizes.positions + sizes.types > 0 || ownRows?.trained === true;
      const cost = costs.embeddingCost(rows * width, sequence * width, sizes);
      const completes = [
        ...(ownRows ? [ownRows.path] : []),
        ...(sizes.tied ? [] : [tokens]),
        ...(positions ? [positions] : []),
        ...(types ? [types] : []),
      ];
      const own = tape.run({ name: 'embedding', operands: [], rows, width, trains, cost, completes });
      if (!before?.part.embeddings || input.past) return own;
      const whole = before.prepend(tape, EMBEDDING, own);
      tape.release(own);
      return whole;
    },
    patches(side) {
      const image = modelInput(model) as Extract<ModelInputKind, { kind: 'image' }>;
      const patches = (image.height / side) * (image.width / side);
      return uploaded('patches', batchSize * patches, image.channels * side ** 2);
    },
    features() {
      const { count } = modelInput(model) as Extract<ModelInputKind, { kind: 'features' }>;
      return uploaded('features', batchSize, count);
    },
    lookup(path) {
      const { use, factors: _, ...rest } = placed(layers.get(path)!);
      const cost = lookupCost(batchSize, use);
      // Rows of a table are multiplied by the factors after the first, which is looked up.
      const multiplyAdds = use.adapter ? unsaid : noProducts;
      return tape.run({ name: path, operands: [], rows: batchSize, width: use.shape.out, ...rest, cost, multiplyAdds });
    },
    sideBySide(parts) {
      const width = parts.reduce((sum, part) => sum + part.width, 0);
      const cost = costs.sideBySideCost(parts);
      return tape.run({ name: 'side by side', operands: parts, rows: batchSize, width, trains: false, cost });
    },
    classToken({ token, positions }, x) {
      const sizes = { token: trained(token), positions: trained(positions) };
      const rows = x.rows + batchSize;
      const cost = costs.classTokenCost(x, rows * x.width, sizes);
      const completes = [token, positions];
      return unary('class token', x, cost, { rows, trains: sizes.token + sizes.positions > 0, completes });
    },
    linear,
    project(path, x) {
      const [inputs, outputs] = shapeOf(`${path}.kernel`) as [number, number];
      const sizes = { kernel: trained(`${path}.kernel`), bias: trained(`${path}.bias`), adapter: 0 };
      const use = {
        shape: { in: inputs, out: outputs, bias: true },
        trained: sizes,
        halves: false,
        adapter: undefined,
        frozen: false,
        replaced: false,
        dropsCopy: false,
        drops: false,
        keepsInput: sizes.kernel > 0,
        readsInput: false,
      };
      const cost = linearCost(x, use, engine);
      const completes = [`${path}.kernel`, `${path}.bias`];
      const multiplyAdds = products.ofLinear(x, use, []);
      return unary(path, x, cost, { width: outputs, trains: sizes.kernel + sizes.bias > 0, completes, multiplyAdds });
    },
    layerNorm(path, x) {
      const sizes = { gain: trained(`${path}.gain`), bias: trained(`${path}.bias`) };
      const completes = [`${path}.gain`, `${path}.bias`];
      return unary(path, x, formulas.layerNormCost(x, sizes, engine), {
        trains: sizes.gain + sizes.bias > 0,
        completes,
      });
    },
    rmsNorm(path, x) {
      const gain = trained(`${path}.gain`);
      const units = x.size / shapeOf(`${path}.gain`)[0]!;
      return unary(path, x, formulas.rmsNormCost(x, { gain, units }, engine), {
        trains: gain > 0,
        completes: [`${path}.gain`],
      });
    },
    gelu: (x) => unary('gelu', x, formulas.geluCost(x, engine)),
    tanh: (x) => unary('tanh', x, costs.tanhCost(x)),
    relu: (x) => unary('relu', x, costs.reluCost(x)),
    geluTanh: (x) => unary('gelu', x, formulas.geluTanhCost(x, engine)),
    siluGated: (gate, up) => binary('silu', gate, up, formulas.siluGatedCost(gate, up, engine)),
    geluTanhGated: (gate, up) => binary('gelu', gate, up, formulas.geluTanhGatedCost(gate, up, engine)),
    rotary(x, frequencies) {
      const angles = (x.rows / batchSize) * frequencies.length;
      return unary('rotary', x, costs.rotaryCost(x, angles, engine));
    },
    attention: sizedAttention({ input, engine, tape, before, cache, linear }),
    add: (a, b) => binary('add', a, b, costs.addCost(a), true),
    ownTokens(x) {
      if (!before?.part.embeddings || input.past) return x;
      const own = unary('own tokens', x, costs.rowsOfEachCost(x, rows * x.width), { rows });
      tape.release(x);
      return own;
    },
    firstTokens: (x) => unary('first', x, costs.firstCost(x, batchSize), { rows: batchSize }),
    meanTokens: (x) => unary('mean', x, costs.meanCost(x, batchSize), { rows: batchSize }),
    scope: (run) => tape.scope(run),
    release: (x) => tape.release(x),
    perturbed(x, place) {
      const { places, trains } = input.perturbed ?? { places: [], trains: false };
      if (!places.includes(place)) return x;
      const cost = { ...costs.addCost(x), gradients: trains ? x.size : 0 };
      const sum = unary('perturbed', x, cost, { trains, handsOn: true });
      tape.release(x);
      return sum;
    },
    again: (x, run) => (input.checkpointing === 'block' ? tape.again(x, run) : run(x)),
    repeated(first, blocks, run) {
      const asksForEach = blockOutput || cache || input.perturbed || input.held;
      if (!input.alikeOnce || asksForEach) return oneByOne(first, blocks, run);
      return tape.repeated(first, likeBefore({ model, plan, apart: apartOf(input) }, blocks), run);
    },
    blockOutput(x) {
      const own = () => unary('own tokens', x, costs.rowsOfEachCost(x, rows * x.width), { rows });
      blockOutput?.(before?.part.embeddings ? own() : x);
    },
  };
}
