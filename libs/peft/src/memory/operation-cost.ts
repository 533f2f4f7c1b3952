/** @file The operands and the result of an operation of a training step, and the floats that it holds. */

/** A matrix of the forward pass. */
export interface Value {
  readonly rows: number;
  readonly width: number;
  /** Floats. */
  readonly size: number;
  /** Whether a gradient will be asked of it. */
  readonly needs: boolean;
}

/** Floats that one operation holds by itself: its operands and what others hold are not counted. */
export interface LocalCost {
  /** Operands that are saved. */
  saves: readonly Value[];
  /** The result is saved, which whoever reads it may save as well. */
  savesResult?: true;
  /** Floats saved besides. */
  keeps: number;
  /** Most held during the forward pass, the result and what is saved included. */
  forward: number;
  /** Most held during the backward pass besides the gradient of the result; the gradients it makes included. */
  backward: number;
  /** A later moment of the backward pass: its operands that are saved, and so many floats of `keeps`, are free again. */
  after?: { backward: number; freed: number };
  /** Gradients of trained tensors that it leaves behind. */
  gradients: number;
}

/** Multiplications with an addition in matrix products, of a forward pass and of the gradients that are asked for. */
export interface MultiplyAdds {
  forward: number;
  backward: number;
}

/** The products of an operation of which nobody says them. */
export const unsaid = 'unsaid' as const;
export type SaidMultiplyAdds = MultiplyAdds | typeof unsaid;

export const noProducts: MultiplyAdds = { forward: 0, backward: 0 };

/** Floats that are held while one operation runs, with those that the pass holds around it. */
export interface OperationCost {
  name: string;
  /** Its input: the same object where several operations read the same. */
  operands: readonly Value[];
  /** Saved from the forward pass until its backward pass. */
  kept: number;
  /** Held during its forward pass besides what earlier operations keep; its own kept tensors included. */
  forward: number;
  /** Held during its backward pass besides what is kept and the gradients of trained tensors made before. */
  backward: number;
  /** Gradients of trained tensors that it leaves behind. */
  gradients: number;
  /** Multiplications with an addition in its matrix products. */
  multiplyAdds: SaidMultiplyAdds;
  /** Paths of the tensors whose gradients are complete with it, frozen ones among them. */
  completes: readonly string[];
  /** Gradients of operands, of its own and others, that wait when its backward pass is over. */
  waiting: number;
  /** Operations that its backward pass runs, forward and then back, on top of what is kept. What it keeps is theirs to read. */
  again?: readonly OperationCost[];
}
