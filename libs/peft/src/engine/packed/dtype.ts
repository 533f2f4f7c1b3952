/** @file A record of a type of packed kernels: one file each beside this one. */

/** The type of a frozen kernel `[in, out]` in its stored order: the inputs of one output after those of another, as torch has them. */
export interface PackedShape {
  in: number;
  out: number;
}

/** Tensors of words of 32 bits, or of floats: what a part of a kernel is held as. */
export type PartValues = Int32Array | Float32Array;

/** Parts of one kernel by their names. */
export type Parts<V = PartValues> = Readonly<Record<string, V>>;

/** Operations of TensorFlow on flat tensors, each of which is freed by the operation that reads it. */
export interface FlatOperations<T> {
  /** Words as elements of another type, lowest bits first: an axis more. Nothing is copied. */
  bitcast(words: T, to: 'bfloat16' | 'float16' | 'uint8' | 'int8'): T;
  toFloat(x: T): T;
  toIndices(x: T): T;
  gather(table: Float32Array, shape: readonly number[], indices: T): T;
  reshape(x: T, shape: readonly number[]): T;
  multiply(a: T, b: T): T;
  add(a: T, b: T): T;
  /** The first so many along the only axis. */
  first(x: T, count: number): T;
}

export interface PackedDtype {
  name: string;
  /** How many words and floats a kernel takes, by part; each takes four bytes. */
  parts(shape: PackedShape): Parts<{ kind: 'words' | 'floats'; length: number }>;
  /** @param values in stored order */
  pack(values: Float32Array, shape: PackedShape): Parts;
  /** Writes the numbers `from` to `to` of the stored order over the beginning of `target`. */
  open(parts: Parts, target: Float32Array, range: { from: number; to: number; shape: PackedShape }): void;
  /** The same of the whole kernel by operations of TensorFlow: `[in · out]`. Each reads what it is given once. */
  openFlat<T>(on: FlatOperations<T>, parts: Parts<T>, shape: PackedShape): T;
  /** How many times the numbers of a kernel are there as floats, at the most, while `openFlat` makes them. */
  heldFlat: 1 | 2;
}
