/**
 * @file Where each parameter is in the tensors of a Hugging Face file, by the table in its architecture's modules; in both
 * directions. Reading and writing the file itself is not done here.
 */
import type { HostTensor } from '../method.js';
import type { Architecture, LinearLayer, SourcedParameter } from './architecture.js';
import { architectureOf, linearLayers, type ModelConfig, sourcedParameters } from './config.js';

/** Tensors of a file that are not those of the configuration. */
export class ModelTensorsError extends Error {
  override readonly name = 'ModelTensorsError';
}

/**
 * The parameters of a model from the tensors of a Hugging Face file.
 *
 * @param tensors by name, as the file (or its shards together) lists them. Values may be read when they are asked for
 * @returns by path, in model order. Values are taken from the file's tensor when they are asked for, and not kept
 * @throws ModelTensorsError naming each tensor that is missing, surplus, or of another shape
 * @example
 * const { tensors } = await openSafetensors('model.safetensors');
 * const config = readModelConfig(json, tensors.keys());
 * new LoadedBase({ config, values: parametersOf(config, tensors), tokenizer });
 */
export function parametersOf(config: ModelConfig, tensors: ReadonlyMap<string, HostTensor>): Map<string, HostTensor> {
  const architecture = architectureOf(config);
  const { ignored } = architecture.huggingFace;
  const stored = new Map([...tensors].map(([name, tensor]) => [withoutPrefix(name, architecture), { name, tensor }]));
  const parameters = sourcedParameters(config);
  const expected = new Map(parameters.map((parameter) => [parameter.source.name, storedShape(parameter)]));
  const problems = [
    ...[...expected].flatMap(([name, shape]) => {
      const found = stored.get(name);
      if (found === undefined) {
        return [`${name} [${shape}] is missing`];
      }
      const has = found.tensor.shape;
      return has.join() === shape.join() ? [] : [`${found.name} is [${has}], expected [${shape}]`];
    }),
    ...[...stored]
      .filter(([name]) => !expected.has(name) && !ignored.some((pattern) => pattern.test(name)))
      .map(([, { name }]) => `${name} is no parameter of ${architecture.name}`),
  ];
  if (problems.length > 0) {
    throw new ModelTensorsError(`The tensors are not those of the configuration: ${problems.join('; ')}`);
  }
  return new Map(
    parameters.map((parameter) => {
      const { tensor } = stored.get(parameter.source.name)!;
      return [
        parameter.path,
        {
          shape: parameter.shape,
          get values() {
            return parameterValues(parameter, tensor.values);
          },
        },
      ];
    }),
  );
}

/**
 * The tensors of a Hugging Face file from the parameters of a model: the inverse of `parametersOf`, with the prefix of a
 * file that was saved with its head.
 */
export function storedTensors(config: ModelConfig, values: (path: string) => HostTensor): Map<string, HostTensor> {
  const tensors = new Map<string, HostTensor>();
  for (const parameter of sourcedParameters(config)) {
    const name = withPrefix(parameter, config);
    const shape = storedShape(parameter);
    const stored = tensors.get(name) ?? { shape, values: new Float32Array(sizeOf(shape)) };
    const own = values(parameter.path).values;
    eachElement(parameter, (at, place) => {
      stored.values[place] = own[at]!;
    });
    tensors.set(name, stored);
  }
  return tensors;
}

/** A linear module of the Hugging Face model. */
export interface StoredModule {
  /** With the prefix, e.g. `transformer.h.0.attn.c_attn`. */
  name: string;
  /** It is a `Conv1D`, which stores its weight as `[in, out]`. */
  conv1d: boolean;
  /** Our layers whose outputs are its outputs, in order: more than one where it is fused. */
  layers: readonly LinearLayer[];
}

/** Every linear module that a trial may target, in model order. */
export function storedModules(config: ModelConfig): StoredModule[] {
  const kernels = new Map(sourcedParameters(config).map((parameter) => [parameter.path, parameter]));
  const modules = new Map<string, { conv1d: boolean; layers: LinearLayer[] }>();
  for (const layer of linearLayers(config)) {
    const kernel = kernels.get(`${layer.path}.kernel`)!;
    const name = withPrefix(kernel, config).replace(/\.weight$/, '');
    const conv1d = kernel.source.transposed === undefined;
    modules.set(name, { conv1d, layers: [...(modules.get(name)?.layers ?? []), layer] });
  }
  return [...modules].map(([name, module]) => ({ name, ...module }));
}

/** The shape in which a file stores a parameter. */
function storedShape({ shape, source }: SourcedParameter): number[] {
  if (source.shape) {
    return [...source.shape];
  }
  const outputs = shape.at(-1)! * (source.part?.count ?? 1);
  const rest = shape.slice(0, -1);
  return source.transposed ? [outputs, ...rest] : [...rest, outputs];
}

/** A parameter's values from those of the whole tensor it is in: its part cut out, and transposed where that is stored. */
function parameterValues(parameter: SourcedParameter, stored: Float32Array): Float32Array {
  if (!parameter.source.transposed && !parameter.source.part) {
    return stored;
  }
  const values = new Float32Array(sizeOf(parameter.shape));
  eachElement(parameter, (at, place) => {
    values[at] = stored[place]!;
  });
  return values;
}

/** Calls `visit` with the index of every element of a parameter, and its index in the stored tensor. */
function eachElement({ shape, source }: SourcedParameter, visit: (at: number, place: number) => void): void {
  const columns = shape.at(-1)!;
  const rows = sizeOf(shape) / columns;
  const { index = 0, count = 1 } = source.part ?? {};
  const [rowStride, columnStride, start] = source.transposed
    ? [1, rows, index * columns * rows]
    : [columns * count, 1, index * columns];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      visit(row * columns + column, start + row * rowStride + column * columnStride);
    }
  }
}

/** A tensor's name as `source` says it: what comes before it in a file that was saved with its head is left off. */
export function withoutPrefix(name: string, { huggingFace: { prefix } }: Architecture): string {
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}

function withPrefix({ source }: SourcedParameter, config: ModelConfig): string {
  return source.outside ? source.name : architectureOf(config).huggingFace.prefix + source.name;
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, dimension) => size * dimension, 1);
