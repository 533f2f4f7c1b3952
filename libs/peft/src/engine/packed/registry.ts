/** @file The types that a frozen kernel may be held in besides float32, one line each. Needs no backend. */
import { bfloat16 } from './bfloat16.js';
import type { PackedDtype } from './dtype.js';
import { float16 } from './float16.js';
import { int8 } from './int8.js';
import { nf4 } from './nf4.js';

const known = { bfloat16, float16, int8, nf4 } satisfies Record<string, PackedDtype>;

export type PackedDtypeName = keyof typeof known;
export const packedDtypes: Readonly<Record<PackedDtypeName, PackedDtype>> = known;

/** Types of the kernels of a frozen base: as they are computed with, or packed. */
export const baseDtypes = ['float32', ...(Object.keys(known) as PackedDtypeName[])] as const;
export type BaseDtype = 'float32' | PackedDtypeName;
