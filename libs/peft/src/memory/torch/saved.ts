/** @file The tensors that autograd keeps of a forward pass, with their bytes, each once. */

/** A matrix of the forward pass. */
export interface TorchValue {
  readonly rows: number;
  readonly width: number;
  /** Bytes of a number. */
  readonly each: number;
  readonly bytes: number;
  /** Whether a gradient will be asked of it. */
  readonly needs: boolean;
}

/**
 * Collects what is saved. With checkpointing a block that is over leaves its input alone, and what it saved is told as what it
 * needs while it is run again.
 */
export class SavedTensors {
  private readonly known = new Set<TorchValue>();
  private sizes: number[] = [];
  private ofBlock: number[] = [];
  /** Bytes that the largest block saves while it is run again. */
  block = 0;

  constructor(private readonly checkpoints: boolean) {}

  /** Saves a value that others may save too. */
  value(value: TorchValue): void {
    if (this.known.has(value)) return;
    this.known.add(value);
    this.own(value.bytes);
  }

  /** Saves a tensor that nothing else knows. */
  own(bytes: number): void {
    if (bytes > 0) this.ofBlock.push(bytes);
  }

  endBlock(input: TorchValue): void {
    if (this.checkpoints) {
      this.block = Math.max(this.block, sum(this.ofBlock));
      this.ofBlock = [input.bytes];
    }
    this.sizes = this.sizes.concat(this.ofBlock);
    this.ofBlock = [];
  }

  get tensors(): readonly number[] {
    return [...this.sizes, ...this.ofBlock];
  }

  get bytes(): number {
    return sum(this.tensors);
  }
}

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
