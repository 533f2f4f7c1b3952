/** @file Bytes by part, as predicted and as measured: what is held at the moment of the peak. */

export interface MemoryParts {
  /** Parameters of the base model on the device, a trained copy in place of the frozen one included. */
  weights: number;
  /** Adapter tensors, trained and frozen, and first values kept to compare outputs with. */
  adapters: number;
  /** Gradients of trained tensors held at the peak. */
  gradients: number;
  /** Optimizer state and the state of a rank schedule. */
  optimizer: number;
  /** Saved for the backward pass and held at the peak. */
  activations: number;
  /** Everything else held at the peak: operands and results of the operation that makes it. */
  workspace: number;
  /** The peak: the sum of the parts. */
  total: number;
}

/** Parts where nothing is held, or nothing was measured. */
export const nothingHeld: MemoryParts = {
  weights: 0,
  adapters: 0,
  gradients: 0,
  optimizer: 0,
  activations: 0,
  workspace: 0,
  total: 0,
};

export type MemoryPart = Exclude<keyof MemoryParts, 'total'>;

/** Parts where so many bytes of weights are held, and nothing else. */
export const weighing = (weights: number): MemoryParts => ({ ...nothingHeld, weights, total: weights });

/** The parts of both, held at once. */
export function sumOfHeld(a: MemoryParts, b: MemoryParts): MemoryParts {
  const parts = Object.keys(nothingHeld) as (keyof MemoryParts)[];
  return Object.fromEntries(parts.map((part) => [part, a[part] + b[part]])) as unknown as MemoryParts;
}

/** The parts that come to more; of equal ones the first. */
export const largerHeld = <A extends MemoryParts, B extends MemoryParts>(a: A, b: B): A | B =>
  b.total > a.total ? b : a;

/** The part that holds most. */
export function dominatingPart({ total: _, ...parts }: MemoryParts): MemoryPart {
  const [largest] = (Object.entries(parts) as [MemoryPart, number][]).sort(([, a], [, b]) => b - a);
  return largest![0];
}
