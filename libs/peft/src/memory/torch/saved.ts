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
  /** The value whose storage it is a view of. Absent: it has its own. */
  readonly within?: TorchValue | undefined;
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
  /**
   * The moment that holds most while the operations since the last block, or those of a block, are differentiated; `gradient` lacks those of
   * earlier operations, which come later.
   */
  private within: Differentiated = nothing;
  private block: Differentiated | undefined;
  /** Bytes of gradients that operations so far give. */
  private gradients = 0;
  private ofLast: Differentiated | undefined;

  constructor(private readonly checkpoints: boolean) {}

  /** Saves a value that others may save too. */
  value(value: TorchValue): void {
    const held = value.within ?? value;
    if (this.known.has(held)) return;
    this.known.add(held);
    this.own(held.bytes);
  }

  /** Saves a tensor that nothing else knows. */
  own(bytes: number): void {
    if (bytes > 0) this.ofBlock.push(bytes);
  }

  /**
   * Tells what is made, and freed again, while the operation that was the last to save is differentiated; `gradient`: of a trained tensor that
   * is updated then.
   */
  differentiates(scratch: number, gradient = 0): void {
    const moment = { saved: sum(this.ofBlock), over: 0, scratch, gradient: gradient - this.gradients };
    if (most(moment) > most(this.within) || this.within === nothing) this.within = moment;
  }

  /** Tells of gradients that the last operation gives, and that are kept until the pass is over. */
  gives(bytes: number): void {
    this.gradients += bytes;
  }

  knows(value: TorchValue): boolean {
    return this.known.has(value.within ?? value);
  }

  endBlock(input: TorchValue): void {
    // Without checkpointing what the block saves is a part of all that is saved, of which some is gone by then.
    const within = this.whole;
    const moment = { ...within, over: this.checkpoints ? 0 : sum(this.ofBlock) };
    if (this.block === undefined || most(moment) > most(this.block)) this.block = moment;
    if (this.checkpoints) this.ofBlock = [input.bytes];
    this.sizes.push(...this.ofBlock);
    this.ofBlock = [];
    this.ofLast ??= this.within;
    this.within = nothing;
    this.gradients = 0;
  }

  /**
   * Bytes that are saved, and bytes made beside them, at the moment of the backward pass that holds most after the loss is differentiated.
   * `block` is the sum of both for a block that is run again.
   */
  get backward(): Differentiated & { block: number } {
    const blocks = this.bytes - sum(this.ofBlock);
    const { block = nothing, whole: within } = this;
    const { saved, over, ...made } = most(block) > most(within) ? block : within;
    const ofBlock = this.checkpoints ? saved + made.scratch + made.gradient : 0;
    return { ...made, over, saved: blocks + saved - over, block: ofBlock };
  }

  /** The same as the first block is differentiated, the last of all. `gradient` is below zero by gradients of it that are not there yet. */
  get last(): Differentiated {
    return this.ofLast ?? this.within;
  }

  /** The moment with gradients of the block that are there by then. */
  private get whole(): Differentiated {
    const { within, gradients } = this;
    return { ...within, gradient: within.gradient + gradients };
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

/** Bytes at a moment of the backward pass: of what the forward pass saved, and of gradients and copies. */
interface Differentiated {
  saved: number;
  scratch: number;
  /** Bytes that the forward pass saved of the block: once it is over, they are counted among all that is saved. */
  over: number;
  /** Bytes of a gradient that is applied in the pass. */
  gradient: number;
}

const nothing: Differentiated = { saved: 0, over: 0, scratch: 0, gradient: 0 };

const most = ({ saved, over, scratch, gradient }: Differentiated): number => saved - over + scratch + gradient;

/** Tensors of a block that stands for so many more. */
interface Repeated {
  sizes: readonly number[];
  times: number;
}

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
