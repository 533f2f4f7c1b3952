/** @file Every procedure. A new one is a file beside this and a line here. */
import type { Method } from '../method.js';
import { listwise } from './listwise.js';
import { pointwise } from './pointwise.js';
import { prp } from './prp.js';

export const procedures: readonly Method[] = [prp, pointwise, listwise];
