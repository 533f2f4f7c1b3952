import { fileURLToPath } from 'node:url';
import type { TrainingOptions } from '@rankforge/contracts';
import { findMethod, findOptimizer, findRecipe, type ModelConfig, openBase, vectorsOf } from '@rankforge/peft';
import type { Task } from '@rankforge/tasks';
import { beforeAll, describe, expect, it } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import { type AskedGenerator, forecast } from '../src/catalog/forecast.js';

const generator = partOf<AskedGenerator>({ spec: { name: 'judge', kind: 'endpoint' } });
const llmrec = findRecipe('llmrec');
const training = partOf<TrainingOptions>({
  ...{ steps: 10, batchSize: 4, sequenceLength: 8, accumulate: 1, dropout: 0, clipNorm: null, targets: ['tables'] },
});

let model: ModelConfig;
let vectors: number;
beforeAll(async () => {
  ({ config: model } = await openBase(fileURLToPath(new URL('../../../models/nano-recommender', import.meta.url))));
  vectors = vectorsOf(model)!;
});

/** Forecast of a training on users and items, of which there are so many. */
const asked = (entities: number, recipeConfig: object) =>
  forecast({
    ...{ engine: 'wasm', model, generator, training },
    task: partOf<Task>({ objective: 'recommendation', fields: [entities], unitRows: 3 }),
    method: findMethod('full-ft'),
    methodConfig: {},
    optimizer: findOptimizer('adamw'),
    optimizerConfig: findOptimizer('adamw').config.parse({}) as Record<string, unknown>,
    recipe: { recipe: llmrec, config: llmrec.config.parse({ edges: 0, ...recipeConfig }) },
  });

describe('the forecast of words that a generator says', () => {
  it('refuses a base that has no vectors for them', () => {
    expect(asked(vectors, { attributes: 2 })).toEqual({
      field: 'recipeConfig',
      of: 'training',
      reason:
        `recipeConfig.attributes, recipeConfig.profiles: words have vectors of their own beside those of ${vectors} users and items, ` +
        `and the base has ${vectors}: set both to 0, or draw a base with more (npm run draw:vectors)`,
    });
  });

  it.each([
    ['a vector is left', -1, { attributes: 2 }],
    ['no word is to have one', 0, { edges: 1, augmenter: 'generator' }],
  ])('gives bytes where %s', (_, more, recipeConfig) => {
    expect(asked(vectors + more, recipeConfig)).toMatchObject({ memory: { total: expect.any(Number) } });
  });
});
