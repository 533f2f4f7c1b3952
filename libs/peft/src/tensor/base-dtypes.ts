/** @file Names of the types that a frozen kernel may be held in, and multiplied in. */

/** Types that are packed: each has a record in engine/packed. */
export const packedDtypeNames = ['bfloat16', 'float16', 'int8', 'nf4'] as const;
export type PackedDtypeName = (typeof packedDtypeNames)[number];

/** Types of the kernels of a frozen base: as they are computed with, or packed. */
export const baseDtypes = ['float32', ...packedDtypeNames] as const;
export type BaseDtype = (typeof baseDtypes)[number];

/** Whether scales of kernels in nf4 are packed too. */
export const doubleQuantizations = ['on', 'off'] as const;
export type DoubleQuantization = (typeof doubleQuantizations)[number];

/** Types in which products with kernels of a frozen base are computed. */
export const computeDtypes = ['float32', 'bfloat16'] as const;
export type ComputeDtype = (typeof computeDtypes)[number];
