/** @file Parts that recipes over queries of a corpus share which compare a query's document with others of its batch, pair by pair. */
import { z } from 'zod';
import { softplus } from '../objectives/answers.js';
import type { Batch } from '../objectives/data.js';
import { unitsOf } from '../objectives/rankings.js';
import { addRow, embeddingsOf, inner, throughLengths } from './embeddings.js';
import type { LossPart, NegativesPart, RecipeRequest } from './recipe.js';

/** Says why a task has no corpus to search. */
export const needsCorpus = ({ objective: { name, searches, on } }: RecipeRequest): string | undefined =>
  searches && on === 'embedding'
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

/** A query with the rows of the document that it is to find and of those that this is compared with. */
interface Comparison {
  query: number;
  found: number;
  others: number[];
}

/** @param own a query is compared with its own negatives alone, not with those and the documents of other queries */
function comparisonsIn(batch: Batch, own: boolean): Comparison[] {
  const { targets, excluded } = batch;
  const units = unitsOf(batch);
  const documents = units.flatMap(({ start, size }) => Array.from({ length: size - 1 }, (_, at) => start + 1 + at));
  let next = 0;
  return units.map(({ start: query, size }, unit) => {
    const first = next;
    next += size - 1;
    const [from, to] = own ? [first, next] : [0, documents.length];
    const others: number[] = [];
    for (let at = from; at < to; at++) {
      if (at !== targets[unit] && !excluded?.[unit * documents.length + at]) others.push(documents[at]!);
    }
    return { query, found: documents[targets[unit]!]!, others };
  });
}

/** The mean over pairs of `log(1 + exp((other − found) / temperature))`, of cosines of a query with two documents. */
export const lossOfPairs = <Config extends { temperature: number }>(own: boolean): LossPart<Config> => ({
  count: ({ batch }) => comparisonsIn(batch, own).reduce((sum, { others }) => sum + others.length, 0),
  evaluate({ outputs, batch, config: { temperature } }) {
    const embeddings = embeddingsOf(outputs, batch.size);
    const { width, units } = embeddings;
    const gradient = new Float64Array(outputs.length);
    let value = 0;
    for (const { query, found, others } of comparisonsIn(batch, own)) {
      const similarity = (document: number) => inner(units, query, units, document, width) / temperature;
      const pull = (document: number, slope: number) => {
        addRow(gradient, query, units, document, { weight: slope, width });
        addRow(gradient, document, units, query, { weight: slope, width });
      };
      const wanted = others.length > 0 ? similarity(found) : 0;
      let total = 0;
      for (const other of others) {
        const excess = similarity(other) - wanted;
        value += softplus(excess);
        const slope = 1 / (1 + Math.exp(-excess)) / temperature;
        total += slope;
        pull(other, slope);
      }
      if (others.length > 0) pull(found, -total);
    }
    return { value, gradient: throughLengths(gradient, embeddings) };
  },
});
