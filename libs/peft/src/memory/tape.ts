/**
 * @file A training step's forward and backward pass on sizes: which values are live in which scope, which are saved, and
 * which gradients wait. Mirrors engine/autograd.ts, operation by operation; what happens inside one is in its cost.
 */
import {
  type LocalCost,
  noProducts,
  type OperationCost,
  type SaidMultiplyAdds,
  unsaid,
  type Value,
} from './operation-cost.js';

export interface Operation {
  name: string;
  operands: readonly Value[];
  rows: number;
  width: number;
  /** Whether it reads a trained tensor. */
  trains: boolean;
  /** Set where the gradients of the operands are that of the result, in the same buffer. */
  handsOn?: boolean;
  cost: LocalCost;
  /** Default: none. */
  multiplyAdds?: SaidMultiplyAdds;
  /** See `OperationCost`; default: none. */
  completes?: readonly string[];
}

interface Node extends Operation {
  result: Value;
  kept: number;
  forward: number;
}

export class Tape {
  readonly #nodes: Node[] = [];
  /** Values of each open scope that are neither freed nor saved. */
  readonly #scopes: Set<Value>[] = [new Set()];
  readonly #saved = new Set<Value>();
  readonly #held = new Set<Value>();

  run(operation: Operation): Value {
    const { operands, rows, width, trains, cost } = operation;
    const result = { rows, width, size: rows * width, needs: trains || operands.some(({ needs }) => needs) };
    const forward = this.#live() + cost.forward;
    const saves = result.needs ? cost.saves.filter((value) => !this.#saved.has(value)) : [];
    for (const value of saves) {
      this.#saved.add(value);
      this.release(value);
    }
    const own = result.needs && cost.savesResult;
    const kept = result.needs ? cost.keeps + sum(new Set(saves)) + (own ? result.size : 0) : 0;
    this.#nodes.push({ ...operation, result, kept, forward });
    if (own) this.#saved.add(result);
    else this.#scopes.at(-1)!.add(result);
    return result;
  }

  scope(run: () => Value): Value {
    this.#scopes.push(new Set());
    const result = run();
    const isLive = this.#scopes.pop()!.has(result);
    if (isLive) {
      this.#scopes.at(-1)!.add(result);
    }
    return result;
  }

  /** From now on the value is live whatever its scope does. */
  hold(value: Value): void {
    this.release(value);
    this.#held.add(value);
  }

  /** From now on the value is not live, but for what saved it. */
  letGo(value: Value): void {
    this.#held.delete(value);
  }

  release(value: Value): void {
    for (const scope of this.#scopes) {
      scope.delete(value);
    }
  }

  /** The operations in forward order; the backward pass of `result` has been run through them in reverse. */
  trace(result: Value): OperationCost[] {
    const waiting = new Map<Value, Gradient>([[result, { size: result.size }]]);
    const backward = this.#nodes.toReversed().map((node) => ({
      backward: backpropagate(node, waiting),
      waiting: sum(new Set(waiting.values())),
    }));
    return this.#nodes.map(({ name, operands, kept, forward, result, cost, completes = [], ...node }, index) => ({
      name,
      operands,
      kept,
      forward,
      ...backward.at(-1 - index)!,
      gradients: result.needs ? cost.gradients : 0,
      multiplyAdds: made(node.multiplyAdds, result),
      completes,
    }));
  }

  #live(): number {
    return [...this.#scopes, this.#held].reduce((total, values) => total + sum(values), 0);
  }
}

/** Gradients of what needs none are not made. */
function made(given: SaidMultiplyAdds = noProducts, { needs }: Value): SaidMultiplyAdds {
  return given === unsaid || needs ? given : { ...given, backward: 0 };
}

/** A buffer: several values may have the same one as their gradient. */
interface Gradient {
  size: number;
}

/** Moves gradients from a node's result to its operands; returns the most held meanwhile. */
function backpropagate({ operands, result, handsOn, cost }: Node, waiting: Map<Value, Gradient>): number {
  const dy = waiting.get(result);
  if (dy === undefined || !result.needs) {
    return 0;
  }
  const inside = sum(new Set(waiting.values())) + cost.backward;
  waiting.delete(result);
  let adding = 0;
  for (const operand of operands.filter(({ needs }) => needs)) {
    const term = handsOn ? dy : { size: operand.size };
    const earlier = waiting.get(operand);
    waiting.set(operand, term);
    if (earlier !== undefined) {
      // The two terms and their sum.
      adding = Math.max(adding, sum(new Set([...waiting.values(), earlier])) + operand.size);
      waiting.set(operand, { size: operand.size });
    }
  }
  return Math.max(inside, adding > 0 ? adding + cost.gradients : 0);
}

function sum(parts: Iterable<{ size: number }>): number {
  let total = 0;
  for (const { size } of parts) {
    total += size;
  }
  return total;
}
