/**
 * @file What the packages that authors of optimizers publish hold of one tensor on a card, in bytes. They differ from the optimizers here:
 * they keep a basis in the type of the gradient, and make copies as large as the kernel. test/oracle/memory/torch_updates.py counts them.
 */
import type { HeldInTorch, ParameterInfo } from '../../method.js';
import { sizeOf } from '../../tensor/shape.js';
import { isProjected } from './subspace.js';

const FLOAT32 = 4;

/** bitsandbytes keeps the state of smaller tensors in float32 (`min_8bit_size`), and has one scale for each block of others. */
const smallest8Bit = 4096;
export const blockOfBitsandbytes = 256;

const moments8Bit = (numbers: number): number =>
  2 * (numbers < smallest8Bit ? FLOAT32 * numbers : numbers + FLOAT32 * Math.ceil(numbers / blockOfBitsandbytes));

/** bitsandbytes' AdamW of 8 bits updates in place. */
export const adam8bitInTorch: HeldInTorch = {
  state: ({ shape }) => moments8Bit(sizeOf(shape)),
  scratch: () => 0,
};

/** torch's own Adam of one tensor, and that of the packages: the root of the second moment and the quotient. */
const adamInTorch: HeldInTorch = {
  state: ({ shape }, each) => 2 * each * sizeOf(shape),
  scratch: ({ shape }, each) => 2 * each * sizeOf(shape),
};

/** Sides of a matrix, and the numbers of its projection and of the basis. */
function sidesOf({ shape }: ParameterInfo, rank: number) {
  const [short, long] = [Math.min(...shape), Math.max(...shape)];
  return { short, long, low: rank * long, basis: rank * short };
}

/** Kernels are held by one, other tensors by another. */
const byProjection = (rank: number, kernels: HeldInTorch, others: HeldInTorch): HeldInTorch => {
  const of = (info: ParameterInfo) => (isProjected(info, rank) ? kernels : others);
  return {
    state: (info, each) => of(info).state(info, each),
    scratch: (info, each) => of(info).scratch(info, each),
    refresh: (info, each) => of(info).refresh?.(info, each) ?? 0,
    freed: (info, each) => of(info).freed?.(info, each) ?? 0,
    carried: (info, each) => of(info).carried?.(info, each) ?? 0,
  };
};

/** The singular value decomposition is of float32: a copy, both sides of vectors, and those of the rank times their values. */
function decomposed(info: ParameterInfo, rank: number, each: number): number {
  const { short, long, low, basis } = sidesOf(info, rank);
  const [copied, cast] = each === FLOAT32 ? [0, 0] : [short * long, each * basis];
  return FLOAT32 * (copied + short * (long + short + 1) + low) + Math.max(FLOAT32 * rank ** 2, cast);
}

/** A basis in float32 is a view of all singular vectors, and keeps them. */
const basisBytes = (info: ParameterInfo, rank: number, each: number): number => {
  const { short, basis } = sidesOf(info, rank);
  return each * (each === FLOAT32 ? short ** 2 : basis);
};

/** galore-torch 1.0, `GaLoreAdamW`: the update is brought back, and then scaled to another tensor. */
export const galoreInTorch = (rank: number): HeldInTorch =>
  byProjection(
    rank,
    {
      state: (info, each) => 2 * each * sidesOf(info, rank).low + basisBytes(info, rank, each),
      scratch: (info, each) => each * (2 * sizeOf(info.shape) + 3 * sidesOf(info, rank).low),
      refresh: (info, each) => decomposed(info, rank, each),
      carried: (info, each) => each * (sizeOf(info.shape) + sidesOf(info, rank).low),
    },
    adamInTorch,
  );

/** The projected gradient takes the place of the whole one. */
const freedBy =
  (rank: number) =>
  (info: ParameterInfo, each: number): number =>
    each * (sizeOf(info.shape) - sidesOf(info, rank).low);

/** `GaLoreAdamW8bit`: bitsandbytes updates a tensor of the projection's shape in the place of the kernel, which is copied meanwhile. */
export const galore8bitInTorch = (rank: number): HeldInTorch =>
  byProjection(
    rank,
    {
      state: (info, each) => moments8Bit(sidesOf(info, rank).low) + basisBytes(info, rank, each),
      scratch: (info, each) => each * (sizeOf(info.shape) + 2 * sidesOf(info, rank).low),
      refresh: (info, each) => decomposed(info, rank, each),
      freed: freedBy(rank),
    },
    adam8bitInTorch,
  );

/** q-galore-torch 1.0, `QGaLoreAdamW8bit`: a byte for each code of the basis, though of 4 bits, and one vector of the basis before. */
export const qGaloreInTorch = (rank: number, groupSize: number): HeldInTorch =>
  byProjection(
    rank,
    {
      state(info, each) {
        const { short, low, basis } = sidesOf(info, rank);
        return moments8Bit(low) + basis + each * (2 * Math.ceil(basis / groupSize) + short);
      },
      scratch(info, each) {
        const { low, basis } = sidesOf(info, rank);
        return each * (sizeOf(info.shape) + 2 * low + basis);
      },
      refresh: (info, each) => decomposed(info, rank, each),
      freed: freedBy(rank),
    },
    adam8bitInTorch,
  );

/** apollo-torch 1.0.3, `APOLLOAdamW`: it keeps the projection, and the scaled gradient is limited to another tensor. */
export const apolloInTorch = (rank: number, per: 'channel' | 'tensor'): HeldInTorch =>
  byProjection(
    rank,
    {
      state(info, each) {
        const { low, basis } = sidesOf(info, rank);
        return each * (2 * low + basis);
      },
      scratch(info, each) {
        const { long, low } = sidesOf(info, rank);
        return each * (2 * sizeOf(info.shape) + 3 * low + (per === 'channel' ? long : 0));
      },
    },
    adamInTorch,
  );
