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
  /** Whether a bias is added inside the product. Where it is not, the product is held beside the sum. */
  fusesBias: boolean;
  /** Whether it opens packed kernels: see packed/open.ts. */
  opensPacked: boolean;
}

/** The engines, best known first; a backend of the same name stands in backends/. */
export const engineTraits = {
  // A product with a flagged operand runs a scalar loop, 5 to 30 times slower than a transpose and the fast product.
  wasm: { transposedOperand: 'copied', fusesBias: true, opensPacked: true },
  cpu: { transposedOperand: 'copied', fusesBias: true, opensPacked: true },
  // A step of GPT-2 small by LoRA takes 1,835 cpu-ms where operands are read, and 2,609 where they are copied.
  tensorflow: { transposedOperand: 'read', fusesBias: false, opensPacked: true },
  webgpu: { transposedOperand: 'copied', fusesBias: true, opensPacked: false },
} as const satisfies Record<string, EngineTraits>;

export type EngineName = keyof typeof engineTraits;

export const engineNames = Object.keys(engineTraits) as EngineName[];
