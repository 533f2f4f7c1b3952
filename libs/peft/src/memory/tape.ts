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
  /** Floats of `kept` that are operands. */
  keptOperands: number;
  forward: number;
  /** It runs forward alone: what is kept of it is the input of a node that runs it again. */
  isUnsaved?: boolean;
  again?: { nodes: readonly Node[]; result: Value };
}

/** Where operations are noted, and what of their values is live. */
interface Frame {
  nodes: Node[];
  /** Values of each open scope that are neither freed nor saved. */
  scopes: Set<Value>[];
  saved: Set<Value>;
  held: Set<Value>;
  /** Nothing is saved now. */
  isUnsaved: boolean;
}

const newFrame = (): Frame => ({
  nodes: [],
  scopes: [new Set()],
  saved: new Set(),
  held: new Set(),
  isUnsaved: false,
});

export class Tape {
  #frame = newFrame();

  run(operation: Operation): Value {
    const { operands, rows, width, trains, cost } = operation;
    const { nodes, saved, scopes, isUnsaved } = this.#frame;
    const result = { rows, width, size: rows * width, needs: trains || operands.some(({ needs }) => needs) };
    const forward = this.#live() + cost.forward;
    const isKept = result.needs && !isUnsaved;
    const saves = isKept ? cost.saves.filter((value) => !saved.has(value)) : [];
    for (const value of saves) {
      saved.add(value);
      this.release(value);
    }
    const own = isKept && cost.savesResult;
    const keptOperands = sum(new Set(saves));
    const kept = isKept ? cost.keeps + keptOperands + (own ? result.size : 0) : 0;
    nodes.push({ ...operation, result, kept, keptOperands, forward, isUnsaved });
    if (own) saved.add(result);
    else scopes.at(-1)!.add(result);
    return result;
  }

  /** Mirrors `runAgain`: operations run without saving, and once more as the backward pass runs them. `run` frees `x`. */
  again(x: Value, run: (x: Value) => Value): Value {
    const frame = this.#frame;
    this.hold(x);
    frame.isUnsaved = true;
    const result = run(x);
    frame.isUnsaved = false;
    this.letGo(x);
    if (!result.needs) return result;
    const kept = frame.saved.has(x) ? 0 : x.size;
    frame.saved.add(x);
    this.#frame = newFrame();
    this.#frame.saved.add(x);
    const repeated = run(x);
    const again = { nodes: this.#frame.nodes, result: repeated };
    this.#frame = frame;
    const { rows, width } = result;
    const operands = [x];
    frame.nodes.push({
      name: 'again',
      operands,
      rows,
      width,
      trains: true,
      cost: nothing,
      result,
      kept,
      keptOperands: 0,
      forward: 0,
      again,
    });
    return result;
  }

  scope(run: () => Value): Value {
    const { scopes } = this.#frame;
    scopes.push(new Set());
    const result = run();
    const isLive = scopes.pop()!.has(result);
    if (isLive) {
      scopes.at(-1)!.add(result);
    }
    return result;
  }

  /** From now on the value is live whatever its scope does. */
  hold(value: Value): void {
    this.release(value);
    this.#frame.held.add(value);
  }

  /** From now on the value is not live, but for what saved it. */
  letGo(value: Value): void {
    this.#frame.held.delete(value);
  }

  release(value: Value): void {
    for (const scope of this.#frame.scopes) {
      scope.delete(value);
    }
  }

  /** The operations in forward order; the backward pass of `result` has been run through them in reverse. */
  trace(result: Value): OperationCost[] {
    return traced(this.#frame.nodes, new Map([[result, { size: result.size }]]));
  }

  #live(): number {
    const { scopes, held } = this.#frame;
    return [...scopes, held].reduce((total, values) => total + sum(values), 0);
  }
}

const nothing: LocalCost = { saves: [], keeps: 0, forward: 0, backward: 0, gradients: 0 };

/** @param waiting gradients that wait for their operation; when it is over, those of what the nodes read */
function traced(nodes: readonly Node[], waiting: Map<Value, Gradient>): OperationCost[] {
  const backward = nodes.toReversed().map((node) => ({
    ...(node.again
      ? { backward: 0, again: ranAgain(node, node.again, waiting) }
      : { backward: backpropagate(node, waiting) }),
    waiting: sum(new Set(waiting.values())),
  }));
  return nodes.map(({ name, operands, kept, forward, result, cost, completes = [], isUnsaved, ...node }, index) => ({
    name,
    operands,
    kept,
    forward,
    ...backward.at(-1 - index)!,
    gradients: result.needs && !isUnsaved ? cost.gradients : 0,
    multiplyAdds: made(node.multiplyAdds, result.needs && !isUnsaved),
    completes: isUnsaved ? [] : completes,
  }));
}

/** Operations of a node as they run in its place. */
function ranAgain(
  { result: first }: Node,
  { nodes, result }: NonNullable<Node['again']>,
  waiting: Map<Value, Gradient>,
): OperationCost[] {
  const dy = waiting.get(first);
  if (dy === undefined) return [];
  const beside = sum(new Set(waiting.values()));
  waiting.delete(first);
  waiting.set(result, dy);
  return traced(nodes, waiting).map((cost) => ({ ...cost, forward: cost.forward + beside }));
}

/** Gradients of what needs none are not made. */
function made(given: SaidMultiplyAdds = noProducts, needs: boolean): SaidMultiplyAdds {
  return given === unsaid || needs ? given : { ...given, backward: 0 };
}

/** A buffer: several values may have the same one as their gradient. */
interface Gradient {
  size: number;
}

/** Moves gradients from a node's result to its operands; returns the most held meanwhile. */
function backpropagate(node: Node, waiting: Map<Value, Gradient>): number {
  const { operands, result, handsOn, cost, keptOperands } = node;
  const dy = waiting.get(result);
  if (dy === undefined || !result.needs || node.isUnsaved) {
    return 0;
  }
  const after = cost.after ? cost.after.backward - cost.after.freed - keptOperands : 0;
  const inside = sum(new Set(waiting.values())) + Math.max(cost.backward, after);
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
