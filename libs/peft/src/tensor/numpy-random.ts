/** @file Draws of NumPy's `default_rng`, for methods whose files hold a seed in place of what was drawn. */

/** The part of NumPy's generator that is drawn from. */
interface NumpyRandom {
  /** Reorders the entries in place: `rng.shuffle`. */
  shuffle(entries: Int32Array): void;
  /** `rng.choice(size, count, replace=False)`. */
  choose(size: number, count: number): Int32Array;
}

const WORD = 2 ** 32;

/**
 * `numpy.random.default_rng(seed)`: PCG64 (128 bits, XSL-RR) behind `SeedSequence`. Sizes below 2³².
 *
 * @param seed whole, not negative
 * @example numpyRandom(42).choose(256, 3) // [167, 22, 197]
 */
export function numpyRandom(seed: number): NumpyRandom {
  const next = words(seed);
  /** From 0 to `most`, by the bits it needs and as often as it takes. */
  const masked = (most: number): number => {
    const mask = 2 ** (32 - Math.clz32(most)) - 1;
    for (;;) {
      const value = (next() & mask) >>> 0;
      if (value <= most) return value;
    }
  };
  /** From 0 to `most`, as the high word of a product (Lemire). */
  const scaled = (most: number): number => {
    if (most === 0) return 0;
    const count = BigInt(most + 1);
    const threshold = BigInt((WORD - 1 - most) % (most + 1));
    for (;;) {
      const product = BigInt(next()) * count;
      const left = BigInt.asUintN(32, product);
      if (left >= count || left >= threshold) return Number(product >> 32n);
    }
  };
  /** Swaps places down to `first` with one at or before them. */
  const swapped = (entries: Int32Array, first: number, draw: (most: number) => number): Int32Array => {
    for (let place = entries.length - 1; place >= first; place -= 1) {
      const other = draw(place);
      [entries[place], entries[other]] = [entries[other]!, entries[place]!];
    }
    return entries;
  };
  return {
    shuffle: (entries) => void swapped(entries, 1, masked),
    choose(size, count) {
      if (size > 10_000 && count > Math.floor(size / 50)) {
        const all = Int32Array.from({ length: size }, (_, index) => index);
        return swapped(all, Math.max(size - count, 1), scaled).slice(size - count);
      }
      // Floyd: each number but the last ones of all is drawn, and one that was taken gives way to the last that could have been.
      const taken = new Set<number>();
      for (let last = size - count; last < size; last += 1) {
        const drawn = scaled(last);
        taken.add(taken.has(drawn) ? last : drawn);
      }
      return swapped(Int32Array.from(taken), 1, scaled);
    },
  };
}

const MULTIPLIER = 0x2360ed051fc65da44385df649fccf645n;

/** Words of 32 bits: of each output the low one first. */
function words(seed: number): () => number {
  const [stateHigh, stateLow, streamHigh, streamLow] = seeds(seed) as [bigint, bigint, bigint, bigint];
  const increment = BigInt.asUintN(128, (((streamHigh << 64n) | streamLow) << 1n) | 1n);
  const step = (state: bigint) => BigInt.asUintN(128, state * MULTIPLIER + increment);
  let state = step(BigInt.asUintN(128, increment + ((stateHigh << 64n) | stateLow)));
  let half: number | undefined;
  return () => {
    if (half !== undefined) {
      const word = half;
      half = undefined;
      return word;
    }
    state = step(state);
    const folded = BigInt.asUintN(64, (state >> 64n) ^ state);
    const turn = state >> 122n;
    const output = BigInt.asUintN(64, (folded >> turn) | (folded << (64n - turn)));
    half = Number(output >> 32n);
    return Number(BigInt.asUintN(32, output));
  };
}

/** Four words of 64 bits, as `SeedSequence(seed).generate_state(4, uint64)` mixes them. */
function seeds(seed: number): bigint[] {
  const hashing = (start: number, factor: number) => {
    let constant = start;
    return (value: number): number => {
      const before = value ^ constant;
      constant = Math.imul(constant, factor);
      const hashed = Math.imul(before, constant);
      return hashed ^ (hashed >>> 16);
    };
  };
  const mix = (x: number, y: number): number => {
    const mixed = Math.imul(0xca01f9dd, x) - Math.imul(0x4973f715, y);
    return mixed ^ ((mixed | 0) >>> 16);
  };
  const hash = hashing(0x43b0d7e5, 0x931e8875);
  const entropy = [seed % WORD, Math.floor(seed / WORD), 0, 0];
  const pool = entropy.map((word) => hash(word | 0));
  for (const from of pool.keys()) {
    for (const to of pool.keys()) if (from !== to) pool[to] = mix(pool[to]!, hash(pool[from]!));
  }
  const generate = hashing(0x8b51f9dd, 0x58f38ded);
  const state = Array.from({ length: 8 }, (_, index) => BigInt(generate(pool[index % 4]!) >>> 0));
  return Array.from({ length: 4 }, (_, index) => state[2 * index]! | (state[2 * index + 1]! << 32n));
}
