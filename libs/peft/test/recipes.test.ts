/**
 * @file Recipes against their oracles (test/oracle/recipes): losses at the outputs of the head, what is searched for in activations, and
 * which examples are chosen.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import { disposeGradients } from '../src/engine/autograd.js';
import { crossEntropy } from '../src/engine/cross-entropy.js';
import type { ModelAccess } from '../src/models/forward.js';
import type { Batch } from '../src/objectives/data.js';
import { attackOf, type SelectionSide } from '../src/recipes/recipe.js';
import { findRecipe, recipes } from '../src/recipes/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { accumulatedGradients } from '../src/training/accumulate.js';
import { searched } from '../src/training/attack.js';
import type { StepInput } from '../src/training/step-input.js';
import { expectClose } from './support/close.js';
import { openedEngine } from './support/opened-engine.js';

interface Case {
  name: string;
  config: object;
  outputs: number[];
  values: number[];
  groups: number[];
  /** Lists of each query that were shown, where clicks take the place of grades. */
  shown?: { rows: number[]; clicks: number[] }[][];
  state?: Record<string, number[]>;
  loss: number;
  gradient: number[];
  /** Of the loss that places learn by, where they learn. */
  placesGradient?: number[];
}

/** A classifier of three layers, of which the activations at a place are perturbed. */
interface Perturbed {
  name: string;
  place: number;
  config: object;
  kernels: number[][][];
  inputs: number[][];
  targets: number[];
  perturbation: number[][];
  loss: number;
  gradients: number[][][];
}

/** Rows of queries, each with documents of the batch or beside all that there are, whose embeddings are compared. */
interface Embedded {
  name: string;
  config: object;
  outputs: number[];
  groups: number[];
  targets?: number[];
  excluded?: number[][];
  made?: number[];
  documents?: number[][];
  relevant?: number[][];
  loss: number;
  gradient: number[];
}

/** Candidates of which some are chosen for targets, by gradients as they were projected or by tokens. */
interface Selected {
  name: string;
  config: object;
  size?: number;
  candidates?: number[][];
  targets?: number[][];
  candidateTokens?: number[][];
  targetTokens?: number[][];
  count: number;
  chosen?: number[];
  /** Transport from the chosen to the targets; without entropy, where both are alike many. */
  cost?: number;
  exact?: number;
}

/** A query, the parts of it that are encoded, their embeddings, and what documents are compared with. */
interface Asked {
  name: string;
  config: object;
  query: string;
  texts: string[];
  parts: number[][];
  embedding: number[];
}

const folder = new URL('vectors/recipes/', import.meta.url);
const vectors = readdirSync(folder).map((file) => ({
  name: file.slice(0, -'.json'.length),
  ...(JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as {
    cases?: Case[];
    perturbed?: Perturbed[];
    embedded?: Embedded[];
    selections?: Selected[];
    asked?: Asked[];
  }),
}));

it('has a vector for every recipe', () => {
  expect(vectors.map(({ name }) => name).sort()).toEqual(recipes.map(({ name }) => name).sort());
});

describe.each(vectors.flatMap(({ name, cases }) => (cases ? [{ name, cases }] : [])))('$name', ({ name, cases }) => {
  const { loss, config } = findRecipe(name);

  it.each(cases)('has the loss and the gradient of $name with $config', (testCase) => {
    const { values, groups, shown, state = {} } = testCase;
    const size = values.length;
    const batch = {
      size,
      sequence: 1,
      inputs: new Int32Array(size),
      lengths: new Int32Array(size).fill(1),
      targets: new Int32Array(0),
      values: Float32Array.from(values),
      groups: Int32Array.from(groups),
      ...(shown && {
        shown: shown.map((lists) =>
          lists.map(({ rows, clicks }) => ({ rows: Uint16Array.from(rows), clicks: Float32Array.from(clicks) })),
        ),
      }),
    };
    const held = Object.entries(state).map(([name, numbers]) => [name, Float32Array.from(numbers)] as const);
    const given = { batch, config: config.parse(testCase.config), state: Object.fromEntries(held) };
    const count = loss!.count(given);
    const { value, gradient, noted } = loss!.evaluate({ ...given, outputs: Float32Array.from(testCase.outputs) });
    expectClose([value / count], [testCase.loss], 1e-6, 'loss');
    expectClose(
      Array.from(gradient, (slope) => slope / count),
      testCase.gradient,
      1e-6,
      'gradient',
    );
    if (testCase.placesGradient) {
      const ofPlaces = Array.from(noted!.gradient!, (slope) => slope / noted!.total![0]!);
      expectClose(ofPlaces, testCase.placesGradient, 1e-6, 'gradient of places');
    }
  });
});

describe.each(vectors.flatMap(({ name, asked }) => (asked ? [{ name, asked }] : [])))('$name', ({ name, asked }) => {
  const { ask, config } = findRecipe(name);

  it.each(asked)('asks for $name', ({ query, texts, parts, embedding, ...vector }) => {
    const parsed = config.parse(vector.config);
    expect(ask!.parts(query, parsed)).toEqual(texts);
    const found = ask!.embedding(
      parts.map((part) => Float32Array.from(part)),
      parsed,
    );
    expectClose([...found], embedding, 1e-5, 'embedding');
  });
});

describe.each(vectors.flatMap(({ name, selections }) => (selections ? [{ name, selections }] : [])))(
  '$name',
  ({ name, selections }) => {
    const { select, config } = findRecipe(name);
    const side = (rows: number[][] | undefined, tokens: number[][] | undefined, size = 0): SelectionSide => ({
      size: rows?.length ?? tokens?.length ?? size,
      tokens: () => tokens!.map((own) => Int32Array.from(own)),
      ...(rows && { gradients: new Matrix(rows) }),
    });

    it.each(selections)('chooses $name', ({ count, chosen, cost, exact, ...vector }) => {
      const input = {
        candidates: side(vector.candidates, vector.candidateTokens, vector.size),
        targets: side(vector.targets, vector.targetTokens),
        ...{ count, config: config.parse(vector.config), random: createRandom(1) },
      };
      const found = [...select!.choose(input)].sort((a, b) => a - b);
      expect(new Set(found).size).toBe(count);
      if (chosen) expect(found).toEqual(chosen);
      if (cost !== undefined) expectClose([select!.distance!(input, found)], [cost], 1e-4, 'cost of transport');
      if (exact !== undefined) {
        expect(cost).toBeGreaterThan(exact);
        expect(cost).toBeLessThan(exact + 0.05);
      }
    });
  },
);

describe.each(vectors.flatMap(({ name, embedded }) => (embedded ? [{ name, embedded }] : [])))(
  '$name',
  ({ name, embedded }) => {
    const { loss, config } = findRecipe(name);

    it.each(embedded)('has the loss and the gradient of $name with $config', (vector) => {
      const size = vector.groups.reduce((sum, rows) => sum + rows, 0);
      const batch: Batch = {
        size,
        sequence: 1,
        inputs: new Int32Array(size),
        lengths: new Int32Array(size).fill(1),
        targets: Int32Array.from(vector.targets ?? []),
        groups: Int32Array.from(vector.groups),
        ...(vector.excluded && { excluded: Uint8Array.from(vector.excluded.flat()) }),
        ...(vector.made && { made: Uint8Array.from(vector.made) }),
        ...(vector.documents && {
          fixed: {
            vectors: Float32Array.from(vector.documents.flat()),
            relevant: vector.relevant!.map((own) => own.map((document) => ({ document, grade: 1 }))),
          },
        }),
      };
      const given = { batch, config: config.parse(vector.config), state: {} };
      const { value, gradient } = loss!.evaluate({ ...given, outputs: Float32Array.from(vector.outputs) });
      const count = loss!.count(given);
      expectClose([value / count], [vector.loss], 1e-5, 'loss');
      expectClose(
        Array.from(gradient, (slope) => slope / count),
        vector.gradient,
        1e-5,
        'gradient',
      );
    });
  },
);

describe.each(vectors.flatMap(({ name, perturbed }) => (perturbed ? [{ name, perturbed }] : [])))(
  '$name',
  ({ name, perturbed }) => {
    openedEngine('wasm');
    const recipe = findRecipe(name);

    it.each(perturbed)('finds the perturbation and the gradients of $name', async ({ place, kernels, ...vector }) => {
      const config = recipe.config.parse(vector.config);
      const attack = { ...attackOf({ recipe, config }, 2)!, places: [place] };
      const weights = kernels.map((kernel) => tf.tensor2d(kernel));
      const batch = { targets: Int32Array.from(vector.targets) } as Batch;
      /** A classifier in the place of a model: its activations pass the hook of blocks. */
      const lossOf = (_: unknown, { targets }: Batch, access: ModelAccess, normalizer: number) =>
        tf.tidy(() => {
          let x = tf.tensor2d(vector.inputs);
          weights.forEach((weight, layer) => {
            x = tf.matMul(access.perturb?.(x, layer) ?? x, weight);
            if (layer < 2) x = tf.relu(x);
          });
          return crossEntropy(x, targets, normalizer);
        });
      const input = partOf<StepInput>({
        trial: {
          access: () => ({}),
          penalty: () => undefined,
          trained: () => new Map(weights.map((weight, layer) => [`${layer}`, weight])),
        },
        objective: { loss: lossOf, count: ({ targets }: Batch) => targets.length },
        batches: [batch],
        recipe: { recipe, config },
        method: {},
        model: { layers: 2 },
        optimizer: {},
        state: {},
      });
      const shapes = new Map([[place, [vector.inputs.length, vector.perturbation[0]!.length] as [number, number]]]);
      const found = searched(input, batch, attack, shapes);
      expectClose(Array.from(found.get(place)!.dataSync()), vector.perturbation.flat(), 1e-4, 'perturbation');
      tf.dispose([...found.values()]);
      // The recipe's own place is one of a model; here it is that of the vector.
      const placed = { ...recipe, perturb: { ...recipe.perturb!, places: () => [place] } };
      const { loss, gradients } = await accumulatedGradients({ ...input, recipe: { recipe: placed, config } });
      expectClose([loss], [vector.loss], 1e-5, 'loss');
      weights.forEach((weight, layer) => {
        const gradient = gradients.get(`${layer}`)!;
        expectClose(
          Array.from(gradient.dataSync()),
          vector.gradients[layer]!.flat(),
          1e-4,
          `gradient of layer ${layer}`,
        );
        weight.dispose();
      });
      disposeGradients(gradients);
    });
  },
);
