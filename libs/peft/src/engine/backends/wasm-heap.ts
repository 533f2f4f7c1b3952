/**
 * @file The heap of the wasm backend, of 4 GiB at most: what it cannot hold is an error, and packed copies of operands are dropped
 * before anything is refused. Rests on members of the backend that its types hide (4.22; the version is pinned exactly).
 */

/** The part of the module's JavaScript that tells of its memory and of tensors in it. */
interface Module {
  HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(address: number): void;
  tfjs: { registerTensor(id: number, size: number, offset: number): void; disposeData(id: number): void };
}

/** A right operand `[k, n]` as the module knows it. `bias`: id of the bias that its product adds; 0: none. */
export interface RightOperand {
  id: number;
  offset: number;
  k: number;
  n: number;
  bias: number;
}

export interface Heap {
  /**
   * Makes sure that the module can pack a right operand, beside a result of `resultBytes`. The module allocates by itself then, and where
   * it gets nothing it says so on the console and leaves the result as it was.
   *
   * @throws Error `out of memory` where there is no room
   */
  reserve(operand: Pick<RightOperand, 'k' | 'n'>, resultBytes: number): void;
  /** Whether the module holds a packed copy already. */
  holds(operand: RightOperand): boolean;
  /** Notes that the module holds a packed copy from now on: it keeps it as long as the operand lives. */
  packed(operand: RightOperand): void;
}

const guarded = new WeakMap<object, Heap>();

/** The heap of a module, guarded from the first call on. */
export function heapOf(module: object): Heap {
  const known = guarded.get(module);
  if (known) return known;
  const made = guard(module as Module);
  guarded.set(module, made);
  return made;
}

function guard(module: Module): Heap {
  const copies = new Map<number, RightOperand>();
  module._free(module._malloc(1)); // the first call replaces the function by the one to keep
  const allocate = module._malloc;
  const { registerTensor, disposeData } = module.tfjs;
  module.tfjs.disposeData = (id) => {
    copies.delete(id);
    disposeData(id);
  };
  /** A tensor that is registered anew has lost its packed copies, and nothing else. */
  const dropCopies = () => {
    for (const { id, offset, k, n } of copies.values()) {
      disposeData(id);
      registerTensor(id, k * n, offset);
    }
    copies.clear();
  };
  /** The address of a new block; undefined where the heap has no room. */
  const placed = (bytes: number) => {
    // Above 2 GiB the address comes as a negative number.
    const address = allocate(bytes) >>> 0;
    // A heap that was full before may answer with more than is left before its end.
    return (address === 0 && bytes > 0) || address + bytes > module.HEAPU8.length ? undefined : address;
  };
  // tfjs does not look whether it got memory, and would write the tensor to address 0, over what is there.
  module._malloc = (bytes) => {
    let address = placed(bytes);
    if (address === undefined && copies.size > 0) {
      dropCopies();
      address = placed(bytes);
    }
    if (address === undefined) {
      throw new Error(
        `out of memory: the heap of WebAssembly, of 4 GiB at most, has no ${bytes} bytes left; engine tensorflow has no such limit`,
      );
    }
    return address;
  };
  return {
    reserve({ k, n }, resultBytes) {
      const taken: number[] = [];
      try {
        for (const bytes of [packedBytes(k, n), resultBytes]) taken.push(module._malloc(bytes));
      } finally {
        for (const address of taken) module._free(address);
      }
    },
    holds: ({ id, bias }) => copies.get(id)?.bias === bias,
    packed(operand) {
      copies.set(operand.id, operand);
    },
  };
}

/** Above what XNNPACK takes for a packed `[k, n]`: columns in eights, rows in fours, a bias for each column, and the operator itself. */
const packedBytes = (k: number, n: number) => 4 * roundedUp(n, 8) * (roundedUp(k, 4) + 1) + 2 ** 14;

const roundedUp = (value: number, to: number) => Math.ceil(value / to) * to;
