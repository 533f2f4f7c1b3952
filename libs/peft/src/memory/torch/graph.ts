/**
 * @file An architecture's forward pass read for what autograd saves where transformers runs it: derivatives.yaml of torch says
 * what the backward of each operation reads, and transformers' modules which operations there are.
 */
import { foundOnce } from '../../found-once.js';
import type { Method } from '../../method.js';
import type { ModelInputKind } from '../../models/architecture.js';
import { architectureOf, layersByPath, type ModelConfig, modelInput, sourcedParameters } from '../../models/config.js';
import type { ModelDropout } from '../../models/dropout.js';
import type { Experts, Graph } from '../../models/graph.js';
import type { FloatsInPeft } from '../../slots/weight.js';
import { sizeOf } from '../../tensor/shape.js';
import type { TrialPlan } from '../../training/plan.js';
import { likeBefore, likeOnce } from '../alike.js';
import { placements, placesOf, shapesOfBase, trainedSizes } from '../placement.js';
import {
  adapterBytes,
  baseBytes,
  computeBytes,
  isAutocast,
  isPrepared,
  isQuantized,
  openedBytes,
  type TorchOptions,
} from './options.js';
import { packedOf } from './packed.js';
import { SavedTensors, sum, type TorchValue } from './saved.js';
import { type Applied, appliedMost } from './update.js';

export interface TorchTraceInput {
  model: ModelConfig;
  method: Method;
  plan: TrialPlan;
  batchSize: number;
  sequence: number;
  dropout: number;
  classes?: number | undefined;
  options: TorchOptions;
  /** Bytes that are held while a tensor is updated in the backward pass. Default: no tensor is. */
  applied?: ((path: string) => Applied | undefined) | undefined;
  /** Bytes of the gradient of a trained tensor, where it is kept to the end of the pass. */
  gradient?: ((path: string) => number | undefined) | undefined;
}

export interface TorchTrace {
  saved: SavedTensors;
  /** Last hidden states, before any head. */
  hidden: TorchValue;
  /** Keys and values that the model returns beside its logits, in bytes. */
  cache: number;
  /** Positions and mask that checkpointing keeps to run blocks again, in bytes. */
  given: number;
  /** The table that tokens are looked up in. */
  tokens: string | undefined;
}

const FLOAT32 = 4;

const noDropout: ModelDropout = { attention: 0, hidden: 0, embedding: 0 };

/** Projections that come of one product, as queries, keys and values of GPT-2 do: one of them keeps the storage of all. */
const fusedProjections = foundOnce(
  (model: ModelConfig) => new Map(sourcedParameters(model).map(({ path, source }) => [path, source.part?.count ?? 1])),
);

/** Reads the forward pass up to the last hidden states. */
export function traceTorch(input: TorchTraceInput): TorchTrace {
  const { model, plan, batchSize, sequence, method, options } = input;
  const c = computeBytes(options);
  const b = baseBytes(options);
  const autocast = isAutocast(options);
  const checkpoints = options.checkpointing === 'block';
  const saved = new SavedTensors(checkpoints);
  const trained = trainedSizes(plan);
  const layers = layersByPath(model);
  const placed = placements(input, trained);
  const places = placesOf(plan);
  const shapes = shapesOfBase(plan.base);
  const before = method.sequence?.length(plan.config) ?? 0;
  const prompt = method.sequence?.embeddings ? before : 0;
  const prefix = method.sequence?.prefix ? before : 0;
  const beside = method.sequence?.beside?.rows(plan.config) ?? 0;
  const packed = new Set(isQuantized(options) ? packedOf(plan)(model).packed.map(({ path }) => path) : []);
  let cache = 0;
  let looked: string | undefined;
  const given = { positions: 0, mask: 0 };
  let blockInput: TorchValue | undefined;

  const value = (rows: number, width: number, needs: boolean, each = c): TorchValue => ({
    rows,
    width,
    each,
    bytes: rows * width * each,
    needs,
  });
  /** A value of the same form. */
  const like = (x: TorchValue, needs = x.needs, each = x.each) => value(x.rows, x.width, needs, each);
  const numbers = (x: TorchValue) => x.rows * x.width;
  const trains = (...paths: (string | undefined)[]) => paths.some((path) => path !== undefined && trained(path) > 0);
  /** Saves a value as float32: itself, or a copy that is made for it. */
  const inFloat32 = (x: TorchValue) => (x.each === FLOAT32 ? saved.value(x) : saved.own(FLOAT32 * numbers(x)));

  /** Autocast makes copies of the factors of an adapter; what multiplies something that needs a gradient is read by it. */
  const saveCasts = (x: TorchValue, factors: readonly { columns: number; needs: boolean }[]) => {
    let [width, reads] = [x.width, x.needs];
    for (const { columns, needs } of factors) {
      if (reads) saved.own(c * width * columns);
      [width, reads] = [columns, reads || needs];
    }
  };

  /** Attention casts what it reads to the type of products, by autocast; flash attention has no other than 16 bits. */
  const maskBytes = { eager: b, sdpa: options.padded ? 1 : 0, flash: 0 }[options.attention];
  const attended = options.attention === 'flash' && isPrepared(options) ? 2 : c;
  /** Softmax keeps its result; autocast computes it in float32. */
  const { softmaxInModel, gainsInFloat32 } = architectureOf(model).huggingFace;
  const softmaxBytes = softmaxInModel && !autocast ? c : FLOAT32;
  const read16 = new Map<TorchValue, TorchValue>();
  const cast = (x: TorchValue): TorchValue => {
    if (x.each === attended) return x;
    const known = read16.get(x) ?? like(x, x.needs, attended);
    read16.set(x, known);
    return known;
  };

  /**
   * Gradients and copies of an operation, beside the gradient of the residual stream; with checkpointing a block that was run again
   * has its output too.
   */
  const differentiates = (bytes: number, gradient = 0): void =>
    saved.differentiates(bytes + (blockInput?.bytes ?? 0) * (checkpoints ? 2 : 1), gradient);
  /** An operation gives gradients of its input and of trained tensors, which are updated then, one at a time. */
  const applies = (x: TorchValue, freed: number, paths: readonly string[]): void => {
    const given = x.needs ? c * numbers(x) : 0;
    const most = appliedMost(paths.flatMap((path) => input.applied?.(path) ?? []));
    if (most) {
      differentiates(given, most.gradient);
      differentiates(given - freed + most.scratch, most.gradient);
    } else {
      const gradients = paths.map((path) => input.gradient?.(path) ?? 0);
      const most = Math.max(0, ...gradients);
      if (most > 0) differentiates(given);
      saved.gives(sum(gradients));
    }
  };

  const { attention: dropsWeights, hidden: dropsHidden, embedding: dropsEmbedding } = model.dropout ?? noDropout;
  /** The dropped value is another; what it was is told by a mask, a byte for each number. */
  const dropped = (x: TorchValue, share: number): TorchValue => {
    if (share === 0) return x;
    if (x.needs) saved.own(numbers(x));
    return like(x);
  };

  /** A product with a kernel. Dropout acts on the result where a half of a block adds it. */
  const linear = (path: string, x: TorchValue, width: number): TorchValue => {
    const { role } = layers.get(path)?.shape ?? {};
    const result = product(path, x, width);
    return role === 'output' || role === 'down' ? dropped(result, dropsHidden) : result;
  };

  const product = (path: string, x: TorchValue, width: number): TorchValue => {
    const kernel = trained(`${path}.kernel`) > 0;
    const isPacked = packed.has(path);
    // bitsandbytes keeps the input of a product of 8 bits, though only a gradient of the kernel would read it.
    if (isPacked && options.dtype === 'int8' && x.needs) saved.value(x);
    const each = isPacked ? x.each : c;
    // The kernel is opened for the gradient of the input, which is in the type of the product, as that of the output is cast to it.
    const opened = isPacked ? openedBytes(options) : 0;
    differentiates(opened * (x.width * width + (x.needs ? x.rows * (x.width + width) : 0)));
    // Autocast makes copies of the input and, of a kernel in float32, of the kernel: the backward pass reads them.
    const isFirst = !saved.knows(x);
    if (kernel && x.each === c) saved.value(x);
    else if (kernel) saved.own(c * numbers(x));
    if (autocast && b === FLOAT32 && !isPacked && (x.needs || kernel)) saved.own(c * x.width * width);
    const layer = layers.get(path);
    if (!layer) return value(x.rows, width, x.needs || kernel || trains(`${path}.bias`), each);
    const { use, factors, trains: learns } = placed(layer);
    applies(x, kernel && isFirst ? x.bytes : 0, [
      `${path}.kernel`,
      `${path}.bias`,
      ...(places.used.get(path) ?? []).map((own) => own.path),
    ]);
    if (use.adapter && !use.frozen) {
      const own = adapterBytes(options);
      const computed = autocast ? c : own;
      const kept: FloatsInPeft = use.adapter.inPeft ?? use.adapter;
      const { perRow, fixed, basePerRow = 0, forInput = 0, baseForInput = 0, castsKernel, readsBaseInput } = kept;
      // peft casts the input to the type of the adapter in every layer by itself, and autocast casts that again; a dropped one is another.
      const isCast = readsBaseInput ? x.each !== c : x.each !== own || own !== computed;
      if (use.readsInput && !isCast && !use.drops) saved.value(x);
      else if (use.readsInput) saved.own((readsBaseInput ? c : computed) * numbers(x));
      saved.own(computed * (perRow * x.rows + fixed + (x.needs ? forInput : 0)));
      if (castsKernel && own !== b) saved.own(own * x.width * width);
      if (kept.casts && own !== b) saved.own(b * (kept.casts.fixed + (x.needs ? kept.casts.forInput : 0)));
      saved.own(c * (basePerRow * x.rows + (x.needs ? baseForInput : 0)));
      if (autocast && own !== c && factors !== 'unsaid') saveCasts(x, factors);
      // The mask of the dropped copy, which is what the adapter reads; a byte for each number.
      if (use.drops && x.needs) saved.own(numbers(x));
    }
    return value(x.rows, width, x.needs || learns, autocast && use.adapter && !use.frozen ? Math.max(each, c) : each);
  };

  /** The input in float32 is read by the square and the product; each unit keeps the inverse root. */
  const rmsNorm = (path: string, x: TorchValue): TorchValue => {
    const gain = trained(`${path}.gain`) > 0;
    if (x.needs) {
      inFloat32(x);
      saved.own((FLOAT32 * numbers(x)) / shapes.get(`${path}.gain`)![0]!);
      // Gradients of both sides of the product with the inverse root, of the square, and two steps of its derivative.
      differentiates(5 * FLOAT32 * numbers(x));
    }
    // The normalized input, before it is multiplied by the gain.
    if (gain) saved.own(gainsInFloat32 ? FLOAT32 * numbers(x) : x.bytes);
    // 1 and the gain, which are added up before they multiply.
    if (gainsInFloat32 && x.needs) saved.own(FLOAT32 * shapes.get(`${path}.gain`)![0]!);
    return like(x, x.needs || gain, Math.max(x.each, b));
  };

  /** The product of two, the first an activation that keeps its own input. */
  const gated = (gate: TorchValue, up: TorchValue): TorchValue => {
    if (gate.needs) {
      saved.value(gate);
      saved.value(up);
    }
    if (up.needs) saved.value(like(gate));
    // The gradient of the product and those of both sides.
    differentiates(3 * gate.bytes);
    return like(gate, gate.needs || up.needs);
  };

  const keepsInput = (x: TorchValue): TorchValue => {
    if (x.needs) saved.value(x);
    differentiates(2 * x.bytes);
    return like(x);
  };
  const keepsResult = (x: TorchValue): TorchValue => {
    const result = like(x);
    if (x.needs) saved.value(result);
    differentiates(2 * x.bytes);
    return result;
  };
  const turned = new Set<Float64Array>();
  const fused = fusedProjections(model);

  const attention: Graph<TorchValue>['attention'] = ({
    path,
    query,
    key,
    value: values,
    heads,
    keyHeads = heads,
    mask,
    softCap,
    headsFirst = false,
  }) => {
    const rows = key.rows + batchSize * prefix;
    const pairs = (query.rows * rows) / batchSize;
    const scores = heads * pairs;
    const isMasked = options.padded && mask !== 'none';
    const repeats = keyHeads < heads && (options.attention === 'eager' || (options.attention === 'sdpa' && isMasked));
    const isCached = mask === 'causal' && !checkpoints;
    // Eager attention makes one matrix of each head of several examples, which takes a copy.
    const isView = (x: TorchValue) =>
      !repeats &&
      !isCached &&
      rows === x.rows &&
      attended === x.each &&
      (options.attention !== 'eager' || batchSize === 1);
    const read = (x: TorchValue): TorchValue => ({
      ...value(rows, repeats ? query.width : x.width, x.needs || prefix > 0, attended),
      within: isView(x) ? x.within : undefined,
    });
    const [queries, keys, own] = [cast(query), read(key), read(values)];
    const needs = query.needs || keys.needs || own.needs;
    if (isCached) cache += rows * (key.width * key.each + values.width * values.each);
    // The cache itself is neither repeated nor cast: it is counted there.
    const save = (x: TorchValue, made: TorchValue) =>
      isCached && !repeats && x.each === made.each ? undefined : saved.value(made);
    if (checkpoints && given.mask === 0 && mask !== 'none') given.mask = pairs * maskBytes;
    if (!needs) return like(query, false, attended);
    if (options.attention === 'eager') {
      if (keys.needs) saved.value(queries);
      // Queries of one example are a view of the one product, which keeps all of it; keys and values were copied to the cache.
      if (keys.needs && isCached && batchSize === 1 && queries === query) {
        saved.own(query.bytes * ((fused.get(`${path}.query.kernel`) ?? 1) - 1));
      }
      if (query.needs) save(key, keys);
      if (query.needs || keys.needs) {
        saved.own(scores * softmaxBytes);
        save(values, own);
        if (softCap !== undefined) saved.own(scores * c);
      }
      // The weights are cast back, and read for the values' gradient.
      const isOther = c !== softmaxBytes || !(query.needs || keys.needs) || dropsWeights > 0;
      const copied = own.needs && isOther ? scores * c : 0;
      if (dropsWeights > 0 && (query.needs || keys.needs)) saved.own(scores);
      saved.own(copied);
      // Softmax reads its result and one gradient of its type to make another; the copy of its result is gone by then.
      // The gradient of the values is there by then.
      const ofValues = own.needs ? rows * query.width * attended : 0;
      differentiates(Math.max(2 * scores * softmaxBytes - copied, scores * c) + ofValues);
      return like(query, true, attended);
    }
    saved.value(queries);
    // A copy of another type is of the queries alone.
    if (queries === query) saved.own(query.bytes * ((fused.get(`${path}.query.kernel`) ?? 1) - 1));
    save(key, keys);
    save(values, own);
    const result = like(query, true, attended);
    saved.value(result);
    // Logarithms of the sums, one for each head and query.
    saved.own(FLOAT32 * heads * query.rows);
    // Gradients of the result, queries, keys and values, and that of the queries summed in float32.
    differentiates(4 * result.bytes + FLOAT32 * numbers(result));
    // A mask is made into numbers that are added to scores, shared by the heads, in every layer.
    if (options.attention === 'sdpa' && isMasked) saved.own(pairs * attended);
    // Its heads lie side by side, so that the projection after it reads this tensor and no copy, unless they lie as those of the queries.
    const isLikeQueries = options.attention === 'flash' || !isMasked || options.device === 'cpu';
    return headsFirst && isLikeQueries ? like(result) : result;
  };

  /** peft makes the queries anew, and repeats keys and values of the rows for every example and head. */
  const readBeside = (query: TorchValue, heads: number): void => {
    const scores = heads * query.rows * beside;
    const repeated = batchSize * beside * query.width * c;
    // For the gradient of the keys the queries, and for that of the queries the keys.
    saved.own(query.bytes + (query.needs ? repeated : 0));
    // Softmax keeps its result in float32; the gate reads it in the type of the products, and the values what comes of both.
    saved.own(scores * (FLOAT32 + (c === FLOAT32 ? 0 : c) + c) + repeated);
  };

  /** The kernel of a stack where rows are multiplied by it: gives whether it has a gradient. peft adds an adapter's product to it. */
  const stackedKernel = (path: string, x: TorchValue): boolean => {
    const { use } = placed(layers.get(path)!);
    const kernel = trained(`${path}.kernel`) > 0;
    const size = b * sizeOf(shapes.get(`${path}.kernel`)!);
    const own = places.used.get(path) ?? [];
    const adapts = use.adapter !== undefined && !use.frozen;
    if (adapts && adapterBytes(options) !== b && use.shape.stack!.count > 1) {
      saved.own(b * sum(own.map(({ shape }) => sizeOf(shape))));
    }
    if (adapts && x.needs) saved.own(size);
    if (adapts || kernel) saved.value(x);
    // The gradient of the input, and that of the sum, which the adapter's are made of.
    differentiates((x.needs ? x.bytes : 0) + (adapts ? size : 0));
    applies(x, kernel ? x.bytes : 0, [`${path}.kernel`, ...own.map((tensor) => tensor.path)]);
    return adapts || kernel;
  };

  /** transformers sorts rows by their experts and multiplies each group by its own kernel (`grouped_mm_experts_forward`), in the type of these. */
  const experts = (path: string, x: TorchValue, of: Experts): TorchValue => {
    const rows = x.rows * of.chosen;
    const learnsRoute = stackedKernel(`${path}.router`, x);
    const isRouted = x.needs || learnsRoute;
    if (autocast && b === FLOAT32 && x.needs) saved.own(c * x.width * of.count);
    // Softmax in float32; the largest, and their sum by which they are divided in place.
    if (isRouted) saved.own(FLOAT32 * x.rows * of.count);
    if (isRouted && of.normalized) saved.own(FLOAT32 * x.rows);
    if (isRouted && of.normalized) saved.own(FLOAT32 * rows);
    const picked = value(rows, x.width, x.needs, b);
    const learnsIn = stackedKernel(`${path}.experts_gate_up`, picked);
    const [gate, up] = parts(value(rows, 2 * of.width, x.needs || learnsIn, b), [of.width, of.width]);
    const made = gated(gate!, up!);
    const learnsOut = stackedKernel(`${path}.experts_down`, made);
    const out = value(rows, x.width, made.needs || learnsOut, b);
    const weighs = of.weighsInFloat32 ? FLOAT32 : c;
    if (out.needs) saved.own(weighs * rows);
    if (isRouted) saved.value(out);
    // The gradient of what is weighed, and its products with weights and with values.
    differentiates(3 * Math.max(weighs, b) * numbers(out));
    return value(x.rows, x.width, isRouted || out.needs, x.each);
  };

  const parts = (x: TorchValue, widths: readonly number[]): TorchValue[] =>
    widths.map((width) => ({ ...value(x.rows, width, x.needs, x.each), within: x.within ?? x }));

  const graph: Graph<TorchValue> = {
    shapes: { parts, experts },
    embed({ tokens, positions, types }) {
      looked = tokens;
      const width = shapes.get(tokens)![1]!;
      // With checkpointing the embeddings are made to require gradients: enable_input_require_grads.
      const own = plan.ownRows?.table === tokens ? plan.ownRows.ids.length : 0;
      const inHead = input.classes === undefined && architectureOf(model).vocabularyTable?.(model) === tokens;
      // Rows in another type than the table are cast wherever they are put into it, and kept.
      if (adapterBytes(options) !== b) saved.own((inHead ? 2 : 1) * own * width * b);
      const needs = trains(tokens, positions, types) || prompt > 0 || checkpoints || own > 0;
      blockInput = dropped(value(batchSize * (sequence + prompt), width, needs, b), dropsEmbedding);
      return blockInput;
    },
    patches(side) {
      const image = modelInput(model) as Extract<ModelInputKind, { kind: 'image' }>;
      const patches = (image.height / side) * (image.width / side);
      return value(batchSize * patches, image.channels * side ** 2, false);
    },
    features: () => value(batchSize, (modelInput(model) as Extract<ModelInputKind, { kind: 'features' }>).count, false),
    lookup: (path) => value(batchSize, layers.get(path)!.shape.out, trains(`${path}.kernel`)),
    sideBySide: (parts) =>
      value(
        batchSize,
        parts.reduce((width, part) => width + part.width, 0),
        parts.some(({ needs }) => needs),
      ),
    classToken({ token, positions }, x) {
      const needs = x.needs || trains(token, positions) || checkpoints;
      blockInput = dropped(value(x.rows + batchSize, x.width, needs), dropsEmbedding);
      return blockInput;
    },
    linear: (path, x) => linear(path, x, layers.get(path)!.shape.out),
    project: (path, x) => linear(path, x, shapes.get(`${path}.kernel`)![1]!),
    layerNorm(path, x) {
      const own = trains(`${path}.gain`, `${path}.bias`);
      if (x.needs || own) {
        // Autocast computes it in float32.
        if (autocast) inFloat32(x);
        else saved.value(x);
        // Mean and inverse deviation of each row.
        saved.own(2 * FLOAT32 * x.rows);
      }
      return like(x, x.needs || own, autocast ? FLOAT32 : x.each);
    },
    rmsNorm,
    gelu: keepsInput,
    geluTanh(x) {
      // transformers' NewGELUActivation is written out: the cube keeps x, then the tangent, and both sides of the last product.
      if (x.needs) for (let tensors = 0; tensors < 3; tensors++) saved.own(x.bytes);
      const result = keepsInput(x);
      // Gradients of the last product and of its sides, while all that was saved is there.
      differentiates(3 * x.bytes);
      return result;
    },
    tanh: keepsResult,
    relu: keepsResult,
    siluGated: gated,
    geluTanhGated: gated,
    rotary(x, frequencies) {
      // Cosines and sines need no gradient, so that products with them keep them and nothing of the heads.
      const isNew = x.needs && !turned.has(frequencies);
      const bytes = 2 * sequence * 2 * frequencies.length * b;
      if (isNew && checkpoints) given.positions += bytes;
      else if (isNew) saved.own(bytes);
      if (x.needs) turned.add(frequencies);
      return like(x);
    },
    attention(operands) {
      const { path, query, heads } = operands;
      const ofTokens = attention(operands);
      if (beside === 0 || !plan.adapters.some(({ users }) => users.includes(path))) return ofTokens;
      readBeside(query, heads);
      return like(ofTokens, true);
    },
    // Transformers runs blocks again by its own rule, which `blockOutput` follows.
    perturbed: (x) => x,
    again: (x, run) => run(x),
    repeated(first, blocks, run) {
      const { kindOf = () => undefined } = blocks;
      const like = likeBefore({ model, plan }, blocks).map((is, index) => is && kindOf(index) === kindOf(index - 1));
      const stateOf = (x: TorchValue) =>
        [x.bytes, x.each, x.needs, saved.knows(x), saved.sinceBlock, turned.size, blockInput === x].join();
      return likeOnce(first, like, {
        run,
        stateOf,
        begin: () => ({ place: saved.place, cache }),
        repeat(before, times) {
          saved.repeat(before.place, times);
          cache += times * (cache - before.cache);
        },
      });
    },
    add: (one, other) => like(one, one.needs || other.needs, Math.max(one.each, other.each)),
    ownTokens: (x) => (prompt > 0 ? value(batchSize * sequence, x.width, x.needs) : x),
    firstTokens: (x) => value(batchSize, x.width, x.needs),
    meanTokens: (x) => value(batchSize, x.width, x.needs),
    scope: (run) => run(),
    release: () => undefined,
    blockOutput(x) {
      saved.endBlock(blockInput ?? x);
      blockInput = x;
    },
  };
  const hidden = architectureOf(model).hidden(graph, model);
  const shapesOfLayers = plan.layers.map(({ shape }) => shape);
  saved.own(FLOAT32 * (method.penalty?.inPeft?.(shapesOfLayers, plan.config) ?? 0));
  return { saved, hidden, cache, given: given.positions + given.mask, tokens: looked };
}
