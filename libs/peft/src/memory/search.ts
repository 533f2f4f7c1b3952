/** @file Floats that scoring holds where a corpus is searched: see training/search.ts. */
import { type EngineName, engineTraits } from '../engine/traits.js';
import { objectiveFor } from '../objectives/registry.js';
import type { PlanOptions } from '../training/plan-options.js';
import { encodedAtATime, searchBlock } from '../training/search.js';
import { copies } from './linear-costs.js';
import type { Moment } from './moment.js';

interface Scoring extends PlanOptions {
  engine?: EngineName | undefined;
  /** Rows of a batch. */
  batchSize: number;
  unitRows?: number | undefined;
}

const searches = (input: PlanOptions): boolean => objectiveFor(input).searches === true;

/** Rows of one pass that scores, of a batch that is given in rows. */
export const scoredRows = (input: Scoring): number =>
  searches(input) ? encodedAtATime(input.batchSize / (input.unitRows ?? 1)) : input.batchSize;

/**
 * The products of a block of queries with one of documents. It is the most that is held; with a small corpus less is. Nothing where a
 * pruned base is trained: evaluation then has the whole one.
 */
export function searchMoments(input: Scoring): Moment[] {
  const { model, method, engine = 'wasm' } = input;
  if (!searches(input) || method.pruning) return [];
  const { queries, documents } = searchBlock;
  const sides = queries + (copies(engineTraits[engine]) ? 2 : 1) * documents;
  const workspace = sides * model.width + queries * documents;
  return [{ gradients: 0, activations: 0, workspace }];
}
