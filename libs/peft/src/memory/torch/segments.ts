/**
 * @file Segments that PyTorch's allocator takes from the driver: 2 MiB for tensors up to 1 MiB, 20 MiB for those below 10 MiB, and for others
 * a whole multiple of 2 MiB (c10/cuda/CUDACachingAllocator.cpp, `get_pool` and `get_allocation_size`).
 */
const MIB = 2 ** 20;

const segmentOf = (bytes: number): number => {
  if (bytes <= MIB) return 2 * MIB;
  return bytes < 10 * MIB ? 20 * MIB : Math.ceil(bytes / (2 * MIB)) * 2 * MIB;
};

/** Bytes that a tensor leaves of its segment where all that are beside it there have its size. */
export function restOf(bytes: number): number {
  if (bytes <= 0) return 0;
  const block = Math.ceil(bytes / 512) * 512;
  const segment = segmentOf(block);
  const together = Math.floor(segment / block);
  // Many small tensors fill their segments, and the last one alone has a rest.
  return together > 16 ? block - bytes : segment / together - bytes;
}
