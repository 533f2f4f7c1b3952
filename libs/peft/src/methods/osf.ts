/**
 * @file OSF: the smaller singular triplets of every kernel are trained, and only in directions that the larger ones leave. Source: arXiv
 * 2504.07097; as Python peft has it.
 */
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { Matrix } from 'ml-matrix';
import { z } from 'zod';
import { fused } from '../engine/fused.js';
import { defineMethod, type InitPart, type LayerContext, type LayerShape, type TensorSpec } from '../method.js';
import { detached } from '../parts/autodiff.js';
import { hostTensor } from '../parts/init/host.js';
import { factored } from '../parts/weight/low-rank.js';
import { layerRoles } from '../slots/layer.js';
import { truncatedSvd } from '../tensor/linalg.js';
import { tf } from '../tensor/tf.js';

const keptTriplets = z
  .number()
  .positive()
  .refine((kept) => kept < 1 || Number.isInteger(kept), 'expected a whole number, or a share below 1');
const config = z.strictObject({
  kept: keptTriplets
    .optional()
    .describe(
      'Largest singular triplets that stay as they are; below 1, their share of those of the layer. Default: half of them',
    ),
  keptOf: z
    .partialRecord(z.enum(layerRoles), keptTriplets)
    .optional()
    .describe('The same of the layers of a role, where it is another, as {"query": 0.75}'),
});
type Config = z.infer<typeof config>;

const triplets = (layer: LayerShape) => Math.min(layer.in, layer.out);
function keptOf(layer: LayerShape, { kept: ofAll = 0.5, keptOf: ofRoles }: Config): number {
  const kept = (layer.role && ofRoles?.[layer.role]) ?? ofAll;
  return kept < 1 ? Math.floor(kept * triplets(layer)) : kept;
}
const trainedOf = (layer: LayerShape, config: Config) => triplets(layer) - keptOf(layer, config);

/**
 * Singular vectors that stay, where the ones that are trained do not span all that these leave: those of the longer side. On a shorter side
 * the first values of the trained ones span what is left.
 */
const keptVectors = (layer: LayerShape) => ({ V: layer.in > layer.out, U: layer.out > layer.in });

const frozen = (...shape: number[]): TensorSpec => ({ shape, trained: false, scope: 'layer' });
const trained = (...shape: number[]): TensorSpec => ({ shape, trained: true, scope: 'layer' });

/** Trained singular vectors `[k, side]`, whose gradients are held to what the vectors that stay leave; the value is theirs. */
function held(side: 'V' | 'U', layer: LayerShape, { tensors, products }: LayerContext<Config>): Tensor2D {
  const vectors = tensors[`osf_${side}`] as Tensor2D;
  const leavesOut = keptVectors(layer)[side];
  const basis = tensors[`osf_${side}_${leavesOut ? 'kept' : 'first'}`] as Tensor2D;
  const projected = (rows: Tensor2D) => {
    const along = products.matMul(products.timesTransposed(rows, basis), basis);
    return leavesOut ? (tf.sub(rows, along) as Tensor2D) : along;
  };
  const within = fused<Tensor2D, Record<string, Tensor>>([[vectors, (dy) => projected(dy as Tensor2D)]], () => ({
    value: tf.tidy(() => projected(vectors)),
    save: {},
  }));
  return tf.add(
    within,
    detached(() => tf.sub(vectors, within)),
  );
}

/** Trained rows above frozen ones. Keeps nothing, where tfjs’ own `concat` keeps all that it joins. */
const above = (rows: Tensor2D, others: Tensor2D): Tensor2D =>
  fused<Tensor2D, Record<string, Tensor>>([[rows, (dy) => tf.slice(dy, 0, rows.shape[0])]], () => ({
    value: tf.concat([rows, others], 0),
    save: {},
  }));

/** `ΔW = Vᵀ·diag(S)·U − V₀ᵀ·diag(S₀)·U₀`, `V [k, in]` and `U [k, out]`. */
const lowerTriplets = factored<Config>({
  tensors(layer, config) {
    const [k, kept, { V, U }] = [trainedOf(layer, config), keptOf(layer, config), keptVectors(layer)];
    return {
      ...{ osf_V: trained(k, layer.in), osf_S: trained(k), osf_U: trained(k, layer.out) },
      ...{ osf_V_first: frozen(k, layer.in), osf_S_first: frozen(k), osf_U_first: frozen(k, layer.out) },
      ...(V && { osf_V_kept: frozen(kept, layer.in) }),
      ...(U && { osf_U_kept: frozen(kept, layer.out) }),
    };
  },
  columns: (layer, config) => 2 * trainedOf(layer, config),
  factors(layer, context) {
    const { osf_S, osf_V_first, osf_S_first, osf_U_first } = context.tensors;
    const scaled = (vectors: Tensor, values: Tensor) =>
      tf.mul(vectors, tf.expandDims(values as Tensor1D, 1)) as Tensor2D;
    const first = tf.neg(scaled(osf_V_first!, osf_S_first!)) as Tensor2D;
    return {
      a: tf.transpose(above(scaled(held('V', layer, context), osf_S!), first)) as Tensor2D,
      b: above(held('U', layer, context), osf_U_first as Tensor2D),
    };
  },
  activations(layer, config) {
    const k = trainedOf(layer, config);
    return {
      perRow: 2 * k,
      // V for the gradient of S, and both factors.
      fixed: k * layer.in + 2 * k * (layer.in + layer.out),
      keepsInput: true,
      dropsInput: true,
      // Two outputs, and all that the factors are made of.
      beside: { perRow: 2 * layer.out, fixed: 7 * k * layer.in + 3 * k * layer.out },
      // Gradients of the factors, and of what is between them.
      backward: { perRow: 2 * k, fixed: 2 * k * (layer.in + layer.out) },
      inPeft: { perRow: 2 * k, fixed: 2 * k * layer.out, forInput: 2 * k * layer.in },
    };
  },
});

/** All as the SVD of W gives it; the update starts at 0. */
const singularTriplets: InitPart<Config> = {
  layer({ shape, kernel, config }) {
    const count = triplets(shape);
    const { left, values, right } = truncatedSvd(kernel, count);
    const kept = keptOf(shape, config);
    const rows = (vectors: Matrix, from: number, to: number) =>
      hostTensor(vectors.subMatrix(0, vectors.rows - 1, from, to - 1).transpose());
    const lower = (vectors: Matrix) => rows(vectors, kept, count);
    const lowerValues = () => ({ shape: [count - kept], values: Float32Array.from(values.slice(kept)) });
    const { V, U } = keptVectors(shape);
    return {
      tensors: {
        ...{ osf_V: lower(left), osf_S: lowerValues(), osf_U: lower(right) },
        ...{ osf_V_first: lower(left), osf_S_first: lowerValues(), osf_U_first: lower(right) },
        ...(V && { osf_V_kept: rows(left, 0, kept) }),
        ...(U && { osf_U_kept: rows(right, 0, kept) }),
      },
    };
  },
};

function unfit(layer: LayerShape, config: Config): string | undefined {
  const [count, kept] = [triplets(layer), keptOf(layer, config)];
  if (kept >= 1 && kept < count) return undefined;
  return `kept: ${kept} of the ${count} singular triplets of a ${layer.in}×${layer.out} kernel stay; 1 to ${count - 1} can`;
}

/** JSON does not tell peft's share 1.0, by which nothing is trained, from the number 1. */
const said = (kept: number | undefined) => (kept === 1 ? null : (kept ?? null));

interface Named {
  name: string;
  shape: LayerShape;
}

/** What a pattern says of each module: the first of its keys that is a part of the module's name, as in peft. */
const byModule = (pattern: unknown, modules: readonly Named[]) =>
  modules.map(({ name }) => Object.entries((pattern ?? {}) as object).find(([key]) => name.includes(key))?.[1] ?? null);

/** The same by roles; of a role in which layers differ the first's, which is then no more what the pattern says. */
function rolesOf(pattern: unknown, modules: readonly Named[]): Record<string, unknown> {
  const kept = byModule(pattern, modules);
  const found = modules.flatMap(({ shape: { role } }, index) =>
    role && kept[index] !== null ? [[role, kept[index]]] : [],
  );
  return Object.fromEntries(found.toReversed());
}

/** A pattern by the names of modules. */
const patternOf = (keptOf: NonNullable<Config['keptOf']>, modules: readonly Named[]) =>
  Object.fromEntries(
    modules.flatMap(({ name, shape: { role } }) => {
      const kept = role && said(keptOf[role]);
      return kept === undefined || kept === null ? [] : [[name, kept]];
    }),
  );

export const osf = defineMethod({
  name: 'osf',
  title: 'OSF',
  paper: {
    title: 'Sculpting Subspaces: Constrained Full Fine-Tuning in LLMs for Continual Learning',
    arxiv: '2504.07097',
    year: 2025,
  },
  evidence: {
    level: 'partial',
    reason:
      'As Python peft has it, for one task and one rank; its files hold no vectors that stay, whose signs are free, so that it leaves as LoRA; no published result was checked',
  },
  summary: 'Trains the lower half of the singular triplets of each kernel, in directions that the upper half leaves.',
  parameterFormula: 'k·(in + out + 1)',
  memoryFormula: '4·trained + k·(in + out + 1) + stays + rows·(in + 2·k) + k·in + 2·k·(in + out)',
  symbols: (layer, config) => ({
    k: trainedOf(layer, config),
    stays: layer.in === layer.out ? 0 : keptOf(layer, config) * Math.max(layer.in, layer.out),
  }),
  config,
  usesRank: false,
  unfit,
  startsAtBase: true,
  weight: lowerTriplets,
  init: singularTriplets,
  peftConfig: {
    type: 'OSF',
    usualRoles: ['query', 'key', 'value', 'output', 'gate', 'up', 'down'],
    settings: ({ kept, keptOf }, modules) => ({
      effective_rank: said(kept),
      rank_pattern: keptOf ? patternOf(keptOf, modules) : null,
    }),
    config: ({ effective_rank, rank_pattern }, modules) => {
      const keptOf = rolesOf(rank_pattern, modules);
      return { kept: effective_rank ?? undefined, ...(Object.keys(keptOf).length > 0 && { keptOf }) };
    },
    same: { rank_pattern: (pattern, modules) => byModule(pattern, modules) },
    trainingOnly: ['init_weights', 'target_svd_config'],
    unreadable: {
      effective_rank: '1 may be a number or a share',
      rank_pattern: 'layers of one role have one number here, and 1 may be a number or a share',
    },
  },
  learningRates: [3e-4, 1e-3, 3e-3],
});
