/** @file Parts that recipes over the graded rows of a query share, whatever their loss. */
import { valuesOf } from '../objectives/answers.js';
import type { Batch, Split } from '../objectives/data.js';
import type { QueryLoss } from '../objectives/query-losses.js';
import { unitsOf } from '../objectives/rankings.js';
import type { LossPart, RecipeRequest, RecipeState } from './recipe.js';

/** Says why a task has no rows to order. */
export const needsRankedRows = ({ objective: { name, unit, on } }: RecipeRequest): string | undefined =>
  unit === 'query' && on === 'head'
    ? undefined
    : `orders the rows of queries, and the objective ${name} has none: leave the recipe out, or choose a task whose units are queries with graded rows`;

/** A loss that is the mean over queries of what each costs by itself. */
export const meanOfQueries = <Config>(
  lossOf: (scores: Float32Array, grades: Float32Array, config: Config, state: RecipeState) => QueryLoss,
): LossPart<Config> => ({
  count: ({ batch }) => unitsOf(batch).length,
  evaluate({ outputs, batch, config, state }) {
    const gradient = new Float32Array(outputs.length);
    const grades = valuesOf(batch);
    let value = 0;
    for (const { start, size } of unitsOf(batch)) {
      const [scores, own] = [outputs.subarray(start, start + size), grades.subarray(start, start + size)];
      const loss = lossOf(scores, own, config, state);
      value += loss.value;
      gradient.set(loss.gradient, start);
    }
    return { value, gradient };
  },
});

/** Grades of the rows of each unit of a split. */
export const gradesOf = (split: Split): Float32Array[] =>
  Array.from({ length: split.size }, (_, index) =>
    valuesOf((split.answers?.([index]) ?? split.batch([index])) as Batch),
  );
