/** @file Every baseline. A new one is a file beside this and a line here. */
import type { Evaluator } from '../evaluator.js';
import { bm25 } from './bm25.js';
import { notFilter } from './not-filter.js';
import { popularity } from './popularity.js';
import { random } from './random.js';
import { rm3 } from './rm3.js';
import { rrf } from './rrf.js';

export const baselines: readonly Evaluator[] = [bm25, random, popularity, rm3, rrf, notFilter];
