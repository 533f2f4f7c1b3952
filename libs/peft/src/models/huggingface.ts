/**
 * @file Models as Hugging Face writes them: a configuration from `config.json`, and where each parameter is in the
 * tensors of the file. Reading the file itself is not done here.
 */
import type { HostTensor } from '../method.js';
import type { Architecture, Source, SourcedParameter } from './architecture.js';
import { architectureOf, architectures, type ModelConfig, modelConfigSchema, sourcedParameters } from './config.js';

/** A `config.json` that cannot be used, with the field that is to blame. */
export class ModelConfigError extends Error {
  constructor(
    readonly field: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(`${field}: ${message}`, options);
    this.name = 'ModelConfigError';
  }
}

/** Tensors of a file that are not those of the configuration. */
export class ModelTensorsError extends Error {
  override readonly name = 'ModelTensorsError';
}

/** Reads fields of a `config.json`. A field that is absent or null gets the fallback; without one it is an error. */
export interface ConfigReader {
  /** A positive integer. */
  count(field: string, fallback?: number): number;
  /** A positive number. */
  number(field: string, fallback?: number): number;
  flag(field: string, fallback: boolean): boolean;
  /** An object, as a reader of its own; undefined where it is absent. */
  section(field: string): ConfigReader | undefined;
  /** One of `allowed`. For what we compute in one way, or a few, and the file may ask for in others. */
  require<V extends string | number | boolean>(field: string, allowed: readonly V[], fallback?: V): V;
  /** Whether the field is there and not null. */
  has(field: string): boolean;
  /** Whether the file holds a tensor of this name, the architecture's prefix left off. */
  holds(tensor: string): boolean;
}

/**
 * Configuration of a model from the JSON of its `config.json`: Hugging Face's, told by `model_type`, or our own, told by
 * `architecture`.
 *
 * @param tensors names of the tensors in the file, for what a configuration leaves open, e.g. whether there is a pooler
 * @throws ModelConfigError naming the field that is missing or not supported
 * @example
 * readModelConfig({ model_type: 'gpt2', n_embd: 768 }, header.keys()).width; // 768
 */
export function readModelConfig(json: unknown, tensors: Iterable<string> = []): ModelConfig {
  if (typeof json !== 'object' || json === null) {
    throw new ModelConfigError('config.json', `expected an object, got ${json === null ? 'null' : typeof json}`);
  }
  const type: unknown = (json as { model_type?: unknown }).model_type;
  const parsed = modelConfigSchema.safeParse(type === undefined ? json : fromHuggingFace(json, type, tensors));
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw new ModelConfigError(path.join('.') || 'config.json', message, { cause: parsed.error });
  }
  return parsed.data;
}

function fromHuggingFace(json: object, type: unknown, tensors: Iterable<string>): unknown {
  const architecture = architectures.find(({ huggingFace }) => huggingFace.modelTypes.includes(type as string));
  if (architecture === undefined) {
    const known = architectures.flatMap(({ huggingFace }) => huggingFace.modelTypes).join(', ');
    throw new ModelConfigError('model_type', `${JSON.stringify(type)} is not supported; expected one of ${known}`);
  }
  const names = new Set([...tensors].map((name) => withoutPrefix(name, architecture)));
  return architecture.huggingFace.config(openReader(json as Record<string, unknown>, names));
}

function openReader(json: Record<string, unknown>, names: ReadonlySet<string>, at = ''): ConfigReader {
  const read = <V>(field: string, fallback: V | undefined, expected: string, is: (value: unknown) => boolean): V => {
    const value = json[field] ?? fallback;
    if (!is(value)) {
      throw new ModelConfigError(`${at}${field}`, `expected ${expected}, got ${JSON.stringify(value) ?? 'nothing'}`);
    }
    return value as V;
  };
  return {
    count: (field, fallback) =>
      read(field, fallback, 'a positive integer', (value) => Number.isSafeInteger(value) && (value as number) > 0),
    number: (field, fallback) =>
      read(field, fallback, 'a positive number', (value) => Number.isFinite(value) && (value as number) > 0),
    flag: (field, fallback) => read(field, fallback, 'true or false', (value) => typeof value === 'boolean'),
    section(field) {
      const value = read<object | null>(field, null, 'an object', (value) => typeof value === 'object');
      return value === null ? undefined : openReader(value as Record<string, unknown>, names, `${at}${field}.`);
    },
    require(field, allowed, fallback) {
      const list = allowed.map((value) => JSON.stringify(value)).join(' or ');
      return read(field, fallback, list, (value) => (allowed as readonly unknown[]).includes(value));
    },
    has: (field) => (json[field] ?? null) !== null,
    holds: (tensor) => names.has(tensor),
  };
}

/** The shape in which a file stores a parameter. */
function storedShape({ shape, source }: Pick<SourcedParameter, 'shape' | 'source'>): number[] {
  const stored = source.transposed ? shape.toReversed() : [...shape];
  if (source.part) {
    stored[stored.length - 1] = stored.at(-1)! * source.part.count;
  }
  return stored;
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

/** A parameter's values from those of the whole tensor it is in: its part cut out, and transposed where that is stored. */
function parameterValues({ shape, source }: SourcedParameter, stored: Float32Array): Float32Array {
  if (!source.transposed && !source.part) {
    return stored;
  }
  const columns = shape.at(-1)!;
  const rows = shape.length > 1 ? shape[0]! : 1;
  const [rowStride, columnStride, start] = strides(source, rows, columns);
  const values = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      values[row * columns + column] = stored[start + row * rowStride + column * columnStride]!;
    }
  }
  return values;
}

/** Where element `[row, column]` of a parameter is: `start + row · rowStride + column · columnStride`. */
function strides({ transposed, part }: Source, rows: number, columns: number): [number, number, number] {
  if (transposed) {
    return [1, rows * (part?.count ?? 1), (part?.index ?? 0) * rows];
  }
  return [columns * (part?.count ?? 1), 1, (part?.index ?? 0) * columns];
}

function withoutPrefix(name: string, { huggingFace: { prefix } }: Architecture): string {
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}
