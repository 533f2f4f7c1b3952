/** @file Parts that recipes over queries of a corpus share which compare a query's document with others of its batch, pair by pair. */
import { z } from 'zod';
import { groupsOf, softplus } from '../objectives/answers.js';
import type { Batch } from '../objectives/data.js';
import { addRow, embeddingsOf, inner, throughLengths } from './embeddings.js';
import type { LossPart, NegativesPart, RecipeRequest } from './recipe.js';

/** Says why a task has no corpus to search. */
export const needsCorpus = ({ objective: { name, searches } }: RecipeRequest): string | undefined =>
  searches
    ? undefined
    : `finds documents of a corpus for queries, and the objective ${name} has none: leave the recipe out, or choose a task that searches one`;

export const temperatureField = {
  temperature: z
    .number()
    .positive()
    .default(0.05)
    .describe('Divides similarities, which are cosines: the smaller, the more the nearest documents count'),
};

export const negativesField = {
  negatives: z.int().min(1).max(32).default(1).describe('Negatives of each query in a batch'),
};

export const hardFields = {
  ...negativesField,
  topK: z
    .int()
    .min(1)
    .max(1000)
    .default(200)
    .describe('Documents that the model ranks first, but for relevant ones, of which negatives are drawn'),
  refreshEvery: z
    .int()
    .min(1)
    .optional()
    .describe('Steps after which the model ranks the corpus anew; omitted: it does so once, before the first step'),
};

interface HardConfig {
  negatives: number;
  topK: number;
  refreshEvery?: number | undefined;
}

/** Negatives that the model ranks first. */
export const hardNegatives: NegativesPart<HardConfig> = {
  count: ({ negatives }) => negatives,
  first: ({ topK }) => topK,
  every: ({ refreshEvery }) => refreshEvery,
};

/** The rows of a query, of the document that it is to find, and of one that it is compared with. */
type Compared = [query: number, found: number, other: number];

/** @param own a query is compared with its own negatives alone, not with those and the documents of other queries */
function comparedIn(batch: Batch, own: boolean): Compared[] {
  const { targets, excluded } = batch;
  const sizes = groupsOf(batch);
  const [queries, documents, firsts]: [number[], number[], number[]] = [[], [], []];
  let next = 0;
  for (const size of sizes) {
    queries.push(next);
    firsts.push(documents.length);
    for (let row = next + 1; row < next + size; row++) documents.push(row);
    next += size;
  }
  return queries.flatMap((query, unit) => {
    const [start, end] = own ? [firsts[unit]!, firsts[unit]! + sizes[unit]! - 1] : [0, documents.length];
    const target = targets[unit]!;
    const others: Compared[] = [];
    for (let at = start; at < end; at++) {
      if (at === target || excluded?.[unit * documents.length + at]) continue;
      others.push([query, documents[target]!, documents[at]!]);
    }
    return others;
  });
}

/** The mean over pairs of `log(1 + exp((other − found) / temperature))`, of cosines of a query with two documents. */
export const lossOfPairs = <Config extends { temperature: number }>(own: boolean): LossPart<Config> => ({
  count: ({ batch }) => comparedIn(batch, own).length,
  evaluate({ outputs, batch, config: { temperature } }) {
    const embeddings = embeddingsOf(outputs, batch.size);
    const { width, units } = embeddings;
    const gradient = new Float64Array(outputs.length);
    let value = 0;
    for (const [query, found, other] of comparedIn(batch, own)) {
      const excess = (inner(units, query, units, other, width) - inner(units, query, units, found, width)) / temperature;
      value += softplus(excess);
      const slope = 1 / (1 + Math.exp(-excess)) / temperature;
      const add = (row: number, from: number, weight: number) => addRow(gradient, row, units, from, { weight, width });
      add(query, other, slope);
      add(query, found, -slope);
      add(other, query, slope);
      add(found, query, -slope);
    }
    return { value, gradient: throughLengths(gradient, embeddings) };
  },
});
