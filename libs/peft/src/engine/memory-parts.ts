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

/** Parts of a training that measured nothing. */
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

/** The part that holds most. */
export function dominatingPart({ total: _, ...parts }: MemoryParts): MemoryPart {
  const [largest] = (Object.entries(parts) as [MemoryPart, number][]).sort(([, a], [, b]) => b - a);
  return largest![0];
}
