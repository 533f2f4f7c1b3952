/**
 * @file DR-TOPIC: queries and documents of hidden topics, which two linear encoders learn to match by the losses of recipes. Nothing but the
 * choice of negatives differs between them, so that its effect can be seen in seconds.
 */
import type { Batch } from '../../src/objectives/data.js';
import { findRecipe } from '../../src/recipes/registry.js';
import { largest } from '../../src/tensor/largest.js';
import { createRandom, type Random } from '../../src/tensor/random.js';

interface TopicSizes {
  documents: number;
  trained: number;
  tested: number;
  /** Standard deviation of what is added to inputs. Default 1. */
  noise?: number;
}

const [hidden, given, width, batchSize] = [12, 40, 12, 32] as const;

interface Matrix {
  rows: number;
  columns: number;
  values: Float64Array;
}

const matrix = (rows: number, columns: number, of: (row: number, column: number) => number): Matrix => ({
  rows,
  columns,
  values: Float64Array.from({ length: rows * columns }, (_, at) => of(Math.floor(at / columns), at % columns)),
});

const rowOf = ({ values, columns }: Matrix, row: number) => values.subarray(row * columns, (row + 1) * columns);

/** `a · bᵀ` */
const product = (a: Matrix, b: Matrix) =>
  matrix(a.rows, b.rows, (i, j) => {
    let sum = 0;
    for (let at = 0; at < a.columns; at++) sum += a.values[i * a.columns + at]! * b.values[j * b.columns + at]!;
    return sum;
  });

interface Topics {
  queries: Matrix;
  documents: Matrix;
  /** By query, the document that it is to find. */
  relevant: number[];
  sizes: TopicSizes;
}

export function topics(seed: number, sizes: TopicSizes): Topics {
  const random = createRandom(seed);
  const normal = (rows: number, columns: number, scale = 1) => matrix(rows, columns, () => scale * random.normal());
  const sum = (a: Matrix, b: Matrix) =>
    matrix(a.rows, a.columns, (i, j) => a.values[i * a.columns + j]! + b.values[i * b.columns + j]!);
  const [ofQueries, ofDocuments] = [normal(given, hidden), normal(given, hidden)];
  const centres = normal(60, hidden);
  const topic = Array.from({ length: sizes.documents }, () => random.integer(60));
  const meant = matrix(
    sizes.documents,
    hidden,
    (row, at) => centres.values[topic[row]! * hidden + at]! + 0.45 * random.normal(),
  );
  const relevant = Array.from({ length: sizes.trained + sizes.tested }, () => random.integer(sizes.documents));
  const asked = matrix(
    relevant.length,
    hidden,
    (row, at) => meant.values[relevant[row]! * hidden + at]! + 0.25 * random.normal(),
  );
  return {
    documents: sum(product(meant, ofDocuments), normal(sizes.documents, given, sizes.noise)),
    queries: sum(product(asked, ofQueries), normal(relevant.length, given, sizes.noise)),
    relevant,
    sizes,
  };
}

/** Encoders of queries and documents, which are not the same. */
export interface Towers {
  queries: Matrix;
  documents: Matrix;
}

export function firstTowers(seed: number): Towers {
  const random = createRandom(seed).fork('towers');
  const of = () => matrix(width, given, () => 0.05 * random.normal());
  return { queries: of(), documents: of() };
}

function atLengthOne(rows: Matrix): Matrix {
  return matrix(rows.rows, rows.columns, (row, column) => {
    const own = rowOf(rows, row);
    return own[column]! / Math.sqrt(own.reduce((sum, x) => sum + x * x, 1e-12));
  });
}

const similarities = ({ queries, documents }: Topics, towers: Towers, asked: readonly number[]): Matrix => {
  const rows = matrix(asked.length, given, (row, at) => rowOf(queries, asked[row]!)[at]!);
  return product(atLengthOne(product(rows, towers.queries)), atLengthOne(product(documents, towers.documents)));
};

/** Mean rank of the document to be found, and RR@10, over the queries that are tested. */
export function scored(of: Topics, towers: Towers): { rank: number; rr: number } {
  const asked = Array.from({ length: of.sizes.tested }, (_, at) => of.sizes.trained + at);
  const scores = similarities(of, towers, asked);
  const ranks = asked.map((query, at) => {
    const own = rowOf(scores, at);
    return own.reduce((rank, score) => rank + (score > own[of.relevant[query]!]! ? 1 : 0), 1);
  });
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return { rank: mean(ranks), rr: mean(ranks.map((rank) => (rank <= 10 ? 1 / rank : 0))) };
}

/** The documents that the towers rank first for each query that is trained, without the one to be found. */
export function hardest(of: Topics, towers: Towers, most: number): number[][] {
  const asked = Array.from({ length: of.sizes.trained }, (_, at) => at);
  const scores = similarities(of, towers, asked);
  return asked.map((query) => {
    const own = rowOf(scores, query);
    return largest(own.keys(), most + 1, own)
      .filter((document) => document !== of.relevant[query])
      .slice(0, most);
  });
}

/**
 * Trains from some towers by the loss of a recipe, with Adam.
 *
 * @param draw the negatives of a query; none where a batch's other documents are enough, or documents are fixed
 */
export function trained(
  of: Topics,
  from: Towers,
  {
    recipe: name,
    config: given_ = {},
    steps,
    rate = 5e-3,
    draw = () => [],
    seed = 0,
  }: {
    recipe: string;
    config?: object;
    steps: number;
    rate?: number;
    draw?: (query: number, random: Random) => number[];
    seed?: number;
  },
): Towers {
  const recipe = findRecipe(name);
  const config = recipe.config.parse(given_);
  const random = createRandom(seed).fork(`train/${name}`);
  const vectors = recipe.fixed && Float32Array.from(atLengthOne(product(of.documents, from.documents)).values);
  const towers = Object.entries(from).map(([side, { rows, columns, values }]) => ({
    side: side as keyof Towers,
    ...{ rows, columns, values: values.slice() },
    ...{ mean: new Float64Array(values.length), square: new Float64Array(values.length) },
  }));
  const tower = (side: keyof Towers) => towers.find((one) => one.side === side)!;
  for (let step = 1; step <= steps; step++) {
    const asked = Array.from({ length: batchSize }, () => random.integer(of.sizes.trained));
    const units = asked.map((query) => (recipe.fixed ? [] : [of.relevant[query]!, ...draw(query, random)]));
    const rows = units.flatMap((documents, unit) => [
      { side: 'queries' as const, input: rowOf(of.queries, asked[unit]!) },
      ...documents.map((document) => ({ side: 'documents' as const, input: rowOf(of.documents, document) })),
    ]);
    const outputs = new Float32Array(rows.length * width);
    rows.forEach(({ side, input }, row) => {
      const { values } = tower(side);
      for (let at = 0; at < width; at++) {
        let sum = 0;
        for (let column = 0; column < given; column++) sum += values[at * given + column]! * input[column]!;
        outputs[row * width + at] = sum;
      }
    });
    const batch = batchOf(of, asked, units, vectors);
    const input = { outputs, batch, config, state: {} };
    const { gradient } = recipe.loss!.evaluate(input);
    const count = Math.max(1, recipe.loss!.count(input));
    for (const { side, values, mean, square } of towers) {
      if (recipe.fixed && side === 'documents') continue;
      const slopes = new Float64Array(values.length);
      rows.forEach(({ side: own, input }, row) => {
        if (own !== side) return;
        for (let at = 0; at < width; at++) {
          const slope = gradient[row * width + at]! / count;
          for (let column = 0; column < given; column++) slopes[at * given + column]! += slope * input[column]!;
        }
      });
      slopes.forEach((slope, at) => {
        mean[at] = 0.9 * mean[at]! + 0.1 * slope;
        square[at] = 0.999 * square[at]! + 0.001 * slope ** 2;
        values[at]! -= (rate * (mean[at]! / (1 - 0.9 ** step))) / (Math.sqrt(square[at]! / (1 - 0.999 ** step)) + 1e-8);
      });
    }
  }
  return { queries: tower('queries'), documents: tower('documents') };
}

function batchOf(of: Topics, asked: readonly number[], units: readonly number[][], vectors?: Float32Array): Batch {
  const groups = Int32Array.from(units, ({ length }) => 1 + length);
  const size = groups.reduce((sum, rows) => sum + rows, 0);
  const documents = units.flat();
  const firsts = units.map((_, unit) => units.slice(0, unit).reduce((sum, { length }) => sum + length, 0));
  const excluded = Uint8Array.from(
    asked.flatMap((query, unit) =>
      documents.map((document, at) => (at !== firsts[unit] && document === of.relevant[query] ? 1 : 0)),
    ),
  );
  const none = new Int32Array(0);
  return {
    ...{ size, sequence: 0, inputs: none, lengths: none, groups, excluded, targets: Int32Array.from(firsts) },
    ...(vectors && {
      fixed: { vectors, relevant: asked.map((query) => [{ document: of.relevant[query]!, grade: 1 }]) },
    }),
  };
}
