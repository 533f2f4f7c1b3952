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
  private readonly more: Repeated[] = [];
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

  knows(value: TorchValue): boolean {
    return this.known.has(value);
  }

  endBlock(input: TorchValue): void {
    if (this.checkpoints) {
      this.block = Math.max(this.block, sum(this.ofBlock));
      this.ofBlock = [input.bytes];
    }
    this.sizes.push(...this.ofBlock);
    this.ofBlock = [];
  }

  /** Tensors that are saved since a block was over. */
  get sinceBlock(): number {
    return this.ofBlock.length;
  }

  /** Where what is saved from here on begins, for `repeat`. */
  get place(): number {
    return this.sizes.length;
  }

  /** Saves what blocks that are over have saved from a place on so many times more. */
  repeat(from: number, times: number): void {
    this.more.push({ sizes: this.sizes.slice(from), times });
  }

  /** The sum over the tensors that are saved. */
  sumOf(each: (bytes: number) => number): number {
    const once = (sizes: readonly number[]) => sizes.reduce((total, bytes) => total + each(bytes), 0);
    return this.more.reduce(
      (total, { sizes, times }) => total + times * once(sizes),
      once(this.sizes) + once(this.ofBlock),
    );
  }

  get bytes(): number {
    return this.sumOf((bytes) => bytes);
  }
}

/** Tensors of a block that stands for so many more. */
interface Repeated {
  sizes: readonly number[];
  times: number;
}

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
