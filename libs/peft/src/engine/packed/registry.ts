/** @file The types that a frozen kernel may be held in besides float32, one line each. Needs no backend. */
import type { PackedDtypeName } from '../../tensor/base-dtypes.js';
import { bfloat16 } from './bfloat16.js';
import type { PackedDtype } from './dtype.js';
import { float16 } from './float16.js';
import { int8 } from './int8.js';
import { nf4 } from './nf4.js';

export const packedDtypes: Readonly<Record<PackedDtypeName, PackedDtype>> = { bfloat16, float16, int8, nf4 };
