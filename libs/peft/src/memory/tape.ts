/**
 * @file A training step's forward and backward pass on sizes: which values are live in which scope, which are saved, and
 * which gradients wait. Mirrors engine/autograd.ts, operation by operation; what happens inside one is in its cost.
 */
import { likeOnce } from './alike.js';
import {
  type LocalCost,
  type MultiplyAdds,
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

interface Node {
  operation: Operation;
  result: Value;
  kept: number;
  /** Floats of `kept` that are operands. */
  keptOperands: number;
  forward: number;
  /** It runs forward alone: what is kept of it is the input of a node that runs it again. */
  isUnsaved: boolean;
  again?: { nodes: Frame['nodes']; result: Value };
}

/** Stands before a block for so many more of it, whose values nobody else reads. */
interface Repeated {
  times: number;
  /** Nodes of the block. */
  count: number;
}

/** Where operations are noted, and what of their values is live. */
interface Frame {
  nodes: (Node | Repeated)[];
  /** Values of each open scope that are neither freed nor saved. */
  scopes: Set<Value>[];
  saved: Set<Value>;
  held: Set<Value>;
  /** Floats of what scopes and `held` have. */
  live: number;
  /** Nothing is saved now. */
  isUnsaved: boolean;
}

const newFrame = (): Frame => ({
  nodes: [],
  scopes: [new Set()],
  saved: new Set(),
  held: new Set(),
  live: 0,
  isUnsaved: false,
});

function put(frame: Frame, values: Set<Value>, value: Value): void {
  if (values.has(value)) return;
  values.add(value);
  frame.live += value.size;
}

function take(frame: Frame, values: Set<Value>, value: Value): void {
  if (values.delete(value)) frame.live -= value.size;
}

export class Tape {
  #frame = newFrame();

  run(operation: Operation): Value {
    const { operands, rows, width, trains, cost } = operation;
    const { nodes, saved, scopes, isUnsaved, live } = this.#frame;
    const result = { rows, width, size: rows * width, needs: trains || operands.some(({ needs }) => needs) };
    const forward = live + cost.forward;
    const isKept = result.needs && !isUnsaved;
    const saves = isKept ? cost.saves.filter((value) => !saved.has(value)) : [];
    for (const value of saves) {
      saved.add(value);
      this.release(value);
    }
    const own = isKept && cost.savesResult;
    const keptOperands = sumOnce(saves);
    const kept = isKept ? cost.keeps + keptOperands + (own ? result.size : 0) : 0;
    nodes.push({ operation, result, kept, keptOperands, forward, isUnsaved });
    if (own) saved.add(result);
    else put(this.#frame, scopes.at(-1)!, result);
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
    const operation = { name: 'again', operands, rows, width, trains: true, cost: nothing };
    frame.nodes.push({ operation, result, kept, keptOperands: 0, forward: 0, isUnsaved: false, again });
    return result;
  }

  /**
   * Runs blocks one after another, as `likeOnce` does.
   *
   * @param like says of each block whether it is like the one before
   */
  repeated(first: Value, like: readonly boolean[], run: (x: Value, index: number) => Value): Value {
    const { nodes } = this.#frame;
    return likeOnce(first, like, {
      run,
      stateOf: (x) => this.#stateOf(x),
      begin: () => nodes.length,
      repeat: (from, times) => nodes.push({ times, count: nodes.length - from }),
    });
  }

  /** All that the operations which read a value of this size find. */
  #stateOf(x: Value): string {
    const { live, saved } = this.#frame;
    return [x.size, x.needs, saved.has(x), live].join();
  }

  scope(run: () => Value): Value {
    const frame = this.#frame;
    const values = new Set<Value>();
    frame.scopes.push(values);
    const result = run();
    frame.scopes.pop();
    const isLive = values.has(result);
    frame.live -= sum(values);
    if (isLive) put(frame, frame.scopes.at(-1)!, result);
    return result;
  }

  /** From now on the value is live whatever its scope does. */
  hold(value: Value): void {
    this.release(value);
    put(this.#frame, this.#frame.held, value);
  }

  /** From now on the value is not live, but for what saved it. */
  letGo(value: Value): void {
    take(this.#frame, this.#frame.held, value);
  }

  release(value: Value): void {
    for (const scope of this.#frame.scopes) take(this.#frame, scope, value);
  }

  /** The operations in forward order; the backward pass of `result` has been run through them in reverse. */
  trace(result: Value): OperationCost[] {
    return traced(this.#frame.nodes, new Map([[result, { size: result.size }]]));
  }
}

const nothing: LocalCost = { saves: [], keeps: 0, forward: 0, backward: 0, gradients: 0 };

/** @param waiting gradients that wait for their operation; when it is over, those of what the nodes read */
function traced(nodes: Frame['nodes'], waiting: Map<Value, Gradient>): OperationCost[] {
  const costs: OperationCost[] = [];
  for (const node of nodes.toReversed()) {
    if ('times' in node) {
      costs.push(timesOver(costs, node));
      continue;
    }
    const { operation, kept, forward, result, isUnsaved } = node;
    const { name, operands, cost, multiplyAdds, completes = [] } = operation;
    const again = node.again && ranAgain(node, node.again, waiting);
    const backward = again ? 0 : backpropagate(node, waiting);
    const isReversed = result.needs && !isUnsaved;
    const made: OperationCost = {
      name,
      operands,
      kept,
      forward,
      backward,
      waiting: sumOnce(waiting.values()),
      gradients: isReversed ? cost.gradients : 0,
      multiplyAdds: asked(multiplyAdds, isReversed),
      completes: isUnsaved ? [] : completes,
    };
    if (again) made.again = again;
    costs.push(made);
  }
  return costs.reverse();
}

/**
 * The blocks that a block stands for, as one that takes nothing while it runs. `costs` end with those of the block, the last operation
 * first.
 *
 * @throws Error where gradients wait at one end of the block that do not at the other: its like differ
 */
function timesOver(costs: readonly OperationCost[], { times, count }: Repeated): OperationCost {
  const block = costs.slice(-count);
  const [before, after] = [costs.at(-count - 1), costs.at(-1)];
  if (before?.waiting !== after?.waiting) {
    throw new Error(
      `Gradients of ${before?.waiting} numbers wait before blocks that are alike, and of ${after?.waiting} after`,
    );
  }
  const all = block.flatMap((cost) => [cost, ...(cost.again ?? [])]);
  const sum = (of: (cost: OperationCost) => number, costs = all) =>
    times * costs.reduce((sum, cost) => sum + of(cost), 0);
  const said = all.flatMap(({ multiplyAdds }) => (multiplyAdds === unsaid ? [] : [multiplyAdds]));
  const products = (way: keyof MultiplyAdds) => times * said.reduce((sum, each) => sum + each[way], 0);
  return {
    name: 'alike',
    operands: [],
    kept: sum(({ kept }) => kept, block),
    forward: 0,
    backward: 0,
    gradients: sum(({ gradients }) => gradients),
    multiplyAdds: said.length < all.length ? unsaid : { forward: products('forward'), backward: products('backward') },
    completes: [],
    waiting: after?.waiting ?? 0,
  };
}

/** Operations of a node as they run in its place. */
function ranAgain(
  { result: first }: Node,
  { nodes, result }: NonNullable<Node['again']>,
  waiting: Map<Value, Gradient>,
): OperationCost[] {
  const dy = waiting.get(first);
  if (dy === undefined) return [];
  const beside = sumOnce(waiting.values());
  waiting.delete(first);
  waiting.set(result, dy);
  return traced(nodes, waiting).map((cost) => ({ ...cost, forward: cost.forward + beside }));
}

/** Gradients of what needs none are not made. */
function asked(given: SaidMultiplyAdds = noProducts, needs: boolean): SaidMultiplyAdds {
  return given === unsaid || needs ? given : { ...given, backward: 0 };
}

/** A buffer: several values may have the same one as their gradient. */
interface Gradient {
  size: number;
}

/** Moves gradients from a node's result to its operands; returns the most held meanwhile. */
function backpropagate(node: Node, waiting: Map<Value, Gradient>): number {
  const { operation, result, keptOperands } = node;
  const { operands, handsOn, cost } = operation;
  const dy = waiting.get(result);
  if (dy === undefined || !result.needs || node.isUnsaved) {
    return 0;
  }
  const after = cost.after ? cost.after.backward - cost.after.freed - keptOperands : 0;
  const inside = sumOnce(waiting.values()) + Math.max(cost.backward, after);
  waiting.delete(result);
  let adding = 0;
  for (const operand of operands.filter(({ needs }) => needs)) {
    const term = handsOn ? dy : { size: operand.size };
    const earlier = waiting.get(operand);
    waiting.set(operand, term);
    if (earlier !== undefined) {
      // The two terms and their sum.
      adding = Math.max(adding, sumOnce([...waiting.values(), earlier]) + operand.size);
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

/** The same with each object once, however often it is named. They are few: to look through them takes less than a set of them. */
function sumOnce(parts: Iterable<{ size: number }>): number {
  const named: { size: number }[] = [];
  for (const part of parts) if (!named.includes(part)) named.push(part);
  return sum(named);
}
