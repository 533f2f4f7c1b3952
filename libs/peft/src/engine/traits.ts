/**
 * @file Facts about every engine that hold without opening it. The operations read those of the open one, a prediction those
 * of the engine that a trial asks for.
 */

export interface EngineTraits {
  /**
   * How a product takes a transposed operand: `read` where it lies, or `copied` before, where a plain product of a copy is
   * faster.
   */
  transposedOperand: 'read' | 'copied';
  /** When a bias is added: inside the product, to the product where it lies, or after it, so that the product is held beside the sum. */
  addsBias: 'inside' | 'inPlace' | 'after';
  /** How it opens packed kernels, see packed/open.ts: in place, or by operations, which may hold more than the open kernel. */
  opensPacked: 'inPlace' | 'byOperations' | 'never';
  /**
   * How it multiplies by frozen kernels in bfloat16, see halved-products.ts: by an operation that rounds numbers as it reads them, or by
   * operations, which hold rounded operands beside the result.
   */
  multipliesInBfloat16: 'atOnce' | 'byOperations' | 'never';
  /** How it computes activations, norms and attention, see formulas.ts: in one pass that holds the result alone, or by operations. */
  computesFormulas: 'atOnce' | 'byOperations';
  /**
   * A program of its own that computes instead of a backend of this library, and how it holds what it computes; first values are made
   * by the engine `beside` it. Absent: a backend of this library computes.
   */
  runner?: { holds: 'asTorch'; beside: 'wasm' };
  /** Bytes that tensors of one process can take, whatever memory its device has; absent: as many as the device has. */
  mostBytes?: number;
}

const GIB = 2 ** 30;

/** The engines, best known first; a backend of the same name stands in backends/. */
export const engineTraits = {
  wasm: {
    // A product with a flagged operand runs a scalar loop, 5 to 30 times slower than a transpose and the fast product.
    transposedOperand: 'copied',
    addsBias: 'inside',
    opensPacked: 'inPlace',
    multipliesInBfloat16: 'never',
    computesFormulas: 'byOperations',
    // Its heap ends at 4 GiB. A sixteenth is left to the operand that a product packs, and to holes between tensors.
    mostBytes: 3.75 * GIB,
  },
  cpu: {
    transposedOperand: 'copied',
    addsBias: 'inside',
    opensPacked: 'inPlace',
    multipliesInBfloat16: 'never',
    computesFormulas: 'byOperations',
  },
  tensorflow: {
    // A step of GPT-2 small by LoRA takes 1,835 cpu-ms where operands are read, and 2,609 where they are copied.
    transposedOperand: 'read',
    addsBias: 'inPlace',
    opensPacked: 'byOperations',
    multipliesInBfloat16: 'atOnce',
    computesFormulas: 'atOnce',
  },
  webgpu: {
    transposedOperand: 'copied',
    addsBias: 'inside',
    opensPacked: 'never',
    multipliesInBfloat16: 'never',
    computesFormulas: 'byOperations',
  },
  torch: {
    // Of tensors of this library; a training's own memory is that of torch.
    transposedOperand: 'read',
    addsBias: 'inPlace',
    opensPacked: 'byOperations',
    multipliesInBfloat16: 'byOperations',
    computesFormulas: 'atOnce',
    runner: { holds: 'asTorch', beside: 'wasm' },
  },
  command: {
    // A program of a sweep's own holds what nobody here predicts.
    transposedOperand: 'read',
    addsBias: 'inPlace',
    opensPacked: 'never',
    multipliesInBfloat16: 'never',
    computesFormulas: 'atOnce',
    runner: { holds: 'asTorch', beside: 'wasm' },
  },
} as const satisfies Record<string, EngineTraits>;

/** Traits that an engine has on an accelerator in the place of those that it has on the host. */
const onAccelerator: Partial<Record<EngineName, Partial<EngineTraits>>> = {
  tensorflow: { addsBias: 'after', multipliesInBfloat16: 'byOperations', computesFormulas: 'byOperations' },
};

/** Traits of an engine: those on the host, or on an accelerator that it computes on. The same object each time. */
export const traitsOf = (engine: EngineName, { accelerator = false } = {}): EngineTraits =>
  (accelerator ? accelerated : engineTraits)[engine];

const accelerated = Object.fromEntries(
  Object.entries(engineTraits).map(([name, traits]) => [name, { ...traits, ...onAccelerator[name as EngineName] }]),
) as Record<EngineName, EngineTraits>;

/** Sizes of a product of `x [rows, width]` and a turned `table [height, width]`. */
export interface TableProduct {
  rows: number;
  width: number;
  height: number;
}

/** Whether such a product turns x and the result in the place of the table: where operands are copied, and these are fewer numbers. */
export const turnsResult = ({ transposedOperand }: EngineTraits, { rows, width, height }: TableProduct): boolean =>
  transposedOperand === 'copied' && rows * (width + height) < width * height;

export type EngineName = keyof typeof engineTraits;
/** Engines that are a backend of this library. */
export type BackendName = {
  [Name in EngineName]: (typeof engineTraits)[Name] extends { runner: object } ? never : Name;
}[EngineName];

/** The backend that computes for an engine in a process of this library: its own, or the one beside a runner. */
export const backendOf = (engine: EngineName): BackendName => {
  const { runner } = engineTraits[engine] as EngineTraits;
  return runner ? runner.beside : (engine as BackendName);
};

export const engineNames = Object.keys(engineTraits) as EngineName[];
