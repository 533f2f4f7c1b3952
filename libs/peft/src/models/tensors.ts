/**
 * @file Where each parameter is in the tensors of a Hugging Face file, by the table in its architecture's modules; in both
 * directions. Reading and writing the file itself is not done here.
 */

import type { StoredTensor } from '../io/open.js';
import type { HostTensor } from '../method.js';
import { sizeOf } from '../tensor/shape.js';
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
export function parametersOf(config: ModelConfig, tensors: ReadonlyMap<string, FileTensor>): Map<string, HostTensor> {
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
      return [parameter.path, parameterFrom(parameter, tensor)];
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
      stored.values[place] = own[at]! - (parameter.source.lessBy ?? 0);
    });
    tensors.set(name, stored);
  }
  return tensors;
}

/** A linear module of the Hugging Face model. */
export interface StoredModule {
  /** In the class that has it loaded, with the prefix, e.g. `transformer.h.0.attn.c_attn`. */
  name: string;
  /** In files of the model. */
  fileName: string;
  /** It is a `Conv1D`, which stores its weight as `[in, out]`. */
  conv1d: boolean;
  /** Our layers whose outputs are its outputs, in order: more than one where it is fused. */
  layers: readonly LinearLayer[];
}

/** Every linear module that a trial may target, in model order. */
export function storedModules(config: ModelConfig): StoredModule[] {
  const kernels = new Map(sourcedParameters(config).map((parameter) => [parameter.path, parameter]));
  const modules = new Map<string, { conv1d: boolean; layers: LinearLayer[] }>();
  for (const layer of linearLayers(config).filter(({ shape }) => !shape.table)) {
    const kernel = kernels.get(`${layer.path}.kernel`)!;
    const fileName = withPrefix(kernel, config).replace(/\.weight$/, '');
    const conv1d = kernel.source.transposed === undefined;
    modules.set(fileName, { conv1d, layers: [...(modules.get(fileName)?.layers ?? []), layer] });
  }
  const { loadedAs = (name: string) => name } = architectureOf(config).huggingFace;
  return [...modules].map(([fileName, module]) => ({ name: loadedAs(fileName), fileName, ...module }));
}

/** Names of the module of a parameter: in the class that has it loaded, and in files of the model. */
export function modulesOf(config: ModelConfig, path: string): [loaded: string, inFiles: string] {
  const parameter = sourcedParameters(config).find((each) => each.path === path)!;
  const fileName = withPrefix(parameter, config).replace(/\.(weight|bias)$/, '');
  const { loadedAs = (name: string) => name } = architectureOf(config).huggingFace;
  return [loadedAs(fileName), fileName];
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

/** A tensor of a file, some of whose values can be had without the others where it is still on the disk. */
type FileTensor = HostTensor & Partial<Pick<StoredTensor, 'read'>>;

/** Floats of a tensor on the host at a time, while a parameter is made from it. */
const PIECE = 1 << 18;

/** One for all parameters, as long as the longest row asked for. */
let piece = new Float32Array(PIECE);

/** A parameter whose values are those of a file's tensor: its part cut out, and transposed where that is stored. */
function parameterFrom(parameter: SourcedParameter, tensor: FileTensor): HostTensor {
  const { shape, source } = parameter;
  if (source.lessBy !== undefined) {
    const { lessBy, ...plain } = source;
    const stored = parameterFrom({ ...parameter, source: plain }, tensor);
    return {
      shape,
      get values() {
        return stored.values.map((value) => value + lessBy);
      },
    };
  }
  const fill = source.transposed || source.part ? partOf(parameter, tensor) : tensor.fill?.bind(tensor);
  return {
    shape,
    get values() {
      if (!source.transposed && !source.part) return tensor.values;
      const values = new Float32Array(sizeOf(shape));
      fill!(values);
      return values;
    },
    ...(fill && { fill }),
  };
}

/** Writes a part of a tensor over a parameter, some rows of the tensor at a time. */
function partOf({ shape, source }: SourcedParameter, tensor: FileTensor): (target: Float32Array) => void {
  const columns = shape.at(-1)!;
  const rows = sizeOf(shape) / columns;
  const { index = 0, count = 1 } = source.part ?? {};
  // A stored row is a column of the parameter; or a row of it, beside those of the other parts.
  const [length, firstRow, storedRows] = source.transposed
    ? [rows, index * columns, columns]
    : [columns * count, 0, rows];
  return (target) => {
    // Read once, where all values are there at once anyway.
    const values = tensor.read ? undefined : tensor.values;
    const most = Math.max(1, Math.floor(PIECE / length));
    if (piece.length < most * length) piece = new Float32Array(most * length);
    for (let row = 0; row < storedRows; row += most) {
      const taken = Math.min(most, storedRows - row);
      const first = (firstRow + row) * length;
      const read = piece.subarray(0, taken * length);
      if (values) read.set(values.subarray(first, first + read.length));
      else tensor.read!(read, first);
      if (source.transposed) {
        for (let at = 0; at < rows; at++) {
          for (let next = 0; next < taken; next++) target[at * columns + row + next] = read[next * length + at]!;
        }
      } else {
        for (let next = 0; next < taken; next++) {
          const begin = next * length + index * columns;
          target.set(read.subarray(begin, begin + columns), (row + next) * columns);
        }
      }
    }
  };
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
