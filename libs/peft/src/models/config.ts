/** @file The architectures, and what follows from a configuration without a backend. */
import { z } from 'zod';
import { foundOnce } from '../found-once.js';
import type { LayerShape } from '../method.js';
import type { BaseDtype, PackedDtypeName } from '../tensor/base-dtypes.js';
import type {
  Architecture,
  LinearLayer,
  ModelInputKind,
  Module,
  ParameterSpec,
  SourcedParameter,
} from './architecture.js';
import { bert } from './architectures/bert.js';
import { embeddingMlp } from './architectures/embedding-mlp.js';
import { featureMlp } from './architectures/feature-mlp.js';
import { gemma } from './architectures/gemma.js';
import { gemma1 } from './architectures/gemma-1.js';
import { gpt2 } from './architectures/gpt2.js';
import { llama } from './architectures/llama.js';
import { llamaMoe } from './architectures/llama-moe.js';
import { phi3 } from './architectures/phi3.js';
import { roberta } from './architectures/roberta.js';
import { vit } from './architectures/vit.js';
import { asHeld, type Held } from './factors.js';

/** Every architecture that is run here. */
const known = [gpt2, llama, gemma, bert, roberta, vit, embeddingMlp, featureMlp] as const;

/** Architectures that estimates of torch know by their shapes, and that are not run here. */
const shaped = [llamaMoe, phi3, gemma1] as const;

export const architectures: readonly Architecture[] = known;
export const shapeArchitectures: readonly Architecture[] = shaped;

type ConfigOf<A> = A extends Architecture<infer C> ? C : never;
export type ModelConfig = ConfigOf<(typeof known)[number] | (typeof shaped)[number]> & Held;

const [first, ...rest] = known.map(({ config }) => config);
export const modelConfigSchema: z.ZodType<ModelConfig> = z.discriminatedUnion('architecture', [first!, ...rest]);

/** The same with those of which shapes are known. */
export const shapesSchema: z.ZodType<ModelConfig> = z.discriminatedUnion('architecture', [
  first!,
  ...rest,
  ...shaped.map(({ config }) => config),
]);

/** The record that a configuration belongs to. */
export function architectureOf(config: ModelConfig): Architecture<ModelConfig> {
  return [...architectures, ...shapeArchitectures].find(
    ({ name }) => name === config.architecture,
  )! as Architecture<ModelConfig>;
}

/** Why a model is not run here; undefined where it is. */
export const notRun = ({ architecture }: ModelConfig): string | undefined =>
  shapeArchitectures.some(({ name }) => name === architecture)
    ? `${architecture} is known by its shapes alone, and no engine here trains it`
    : undefined;

/** The same model with every kernel whole. */
export function withWholeKernels({ factorRanks: _, ...config }: ModelConfig): ModelConfig {
  return config;
}

const inDtypes = foundOnce((config: ModelConfig) => new Map<BaseDtype, ModelConfig>([['float32', config]]));

/** The same model with the kernels of its linear layers in numbers of a type. */
export function inDtype(config: ModelConfig, dtype: BaseDtype = 'float32'): ModelConfig {
  if (config.kernelDtype === dtype) return config;
  const known = inDtypes(config);
  const made = known.get(dtype) ?? { ...config, kernelDtype: dtype as PackedDtypeName };
  known.set(dtype, made);
  return made;
}

/** The kind of input that a model reads: tokens, an image, fields or features. */
export function modelInput(config: ModelConfig): ModelInputKind {
  return architectureOf(config).input(config);
}

/** Whether a model predicts the next token: it can write. */
export const writesTokens = (config: ModelConfig): boolean => architectureOf(config).vocabularyTable !== undefined;

/** Whether a model gives outputs without a head that is trained: the next token, or an event. */
export const givesOutputs = (config: ModelConfig): boolean =>
  writesTokens(config) || architectureOf(config).eventLogit !== undefined;

/** Tokens that a model knows; none where it reads something else. */
export function vocabularySize(config: ModelConfig): number {
  const input = modelInput(config);
  return input.kind === 'tokens' ? input.vocabularySize : 0;
}

const modulesOf = foundOnce((config: ModelConfig): readonly Module[] => architectureOf(config).modules(config));

/** Every linear layer and table that a trial may target, in model order. Layers of equal shapes have one object. */
export const linearLayers = foundOnce((config: ModelConfig): readonly LinearLayer[] => {
  const shapes = new Map<string, LayerShape>();
  return modulesOf(config)
    .flatMap(({ linear }) => linear ?? [])
    .map((layer) => {
      const own = heldShape(layer, config);
      const key = JSON.stringify(own);
      const shape = shapes.get(key) ?? own;
      shapes.set(key, shape);
      return { ...layer, shape };
    });
});

function heldShape({ path, shape }: LinearLayer, { factorRanks, kernelDtype }: Held): LayerShape {
  const factorRank = factorRanks?.[path];
  if (factorRank !== undefined) return { ...shape, factorRank };
  return kernelDtype && !shape.table && !shape.stack ? { ...shape, packed: kernelDtype } : shape;
}

/** The same layers by path. */
export const layersByPath = foundOnce(
  (config: ModelConfig): ReadonlyMap<string, LinearLayer> =>
    new Map(linearLayers(config).map((layer) => [layer.path, layer])),
);

/** Names that `targets` may be made of, in model order. */
export function layerNames(config: ModelConfig): string[] {
  return [...new Set(linearLayers(config).map(({ name }) => name))];
}

/** Every parameter of the base model, in model order, with its place in a Hugging Face file, which holds whole kernels. */
export function sourcedParameters(config: ModelConfig): SourcedParameter[] {
  return modulesOf(config).flatMap(({ parameters }) => parameters);
}

const ownParameters = foundOnce((config: ModelConfig): readonly ParameterSpec[] =>
  modulesOf(config).flatMap(({ parameters, linear }) =>
    parameters.flatMap(({ path, kind, shape }) => asHeld({ path, kind, shape }, config, linear?.shape)),
  ),
);

/** Every parameter of the base model as it is held, in model order. `classes` adds the head of a classification. */
export function baseParameters(config: ModelConfig, classes?: number): readonly ParameterSpec[] {
  const own = ownParameters(config);
  return classes === undefined ? own : [...own, ...headParameters(config, classes)];
}

/** Shapes of the parameters of the base model as it is held, by path. */
export const parameterShapes = foundOnce(
  (config: ModelConfig): ReadonlyMap<string, readonly number[]> =>
    new Map(ownParameters(config).map(({ path, shape }) => [path, shape])),
);

/** The head of a classification: always trained, and stored with the adapter. */
export function headParameters(config: ModelConfig, classes: number): ParameterSpec[] {
  const { width } = config;
  return [
    ...(architectureOf(config).head?.(config) ?? []),
    { path: 'head.kernel', kind: 'head', shape: [width, classes] },
    { path: 'head.bias', kind: 'head', shape: [classes] },
  ];
}

export type { LinearLayer, ModelInputKind, ParameterSpec } from './architecture.js';
export { presetConfig, presetNames } from './presets.js';
