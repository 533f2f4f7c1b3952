/** @file Trainings that follow a recipe: what they equal, what they hold, and which are refused. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { casesOf } from '../../../test/support/full.js';
import type { TaskData } from '../src/data/task-data.js';
import { predictMemory } from '../src/memory/predict.js';
import { predictProducts } from '../src/memory/step-products.js';
import type { LoadedBase } from '../src/models/base.js';
import type { Objective } from '../src/objectives/objective.js';
import type { Recipe } from '../src/recipes/recipe.js';
import { findRecipe, recipes } from '../src/recipes/registry.js';
import { findMethod, findOptimizer } from '../src/registry.js';
import { headOf } from '../src/training/loss.js';
import { refusal } from '../src/training/refusals/refusal.js';
import type { TrainInput } from '../src/training/trainer.js';
import { oneOfEach } from './support/capabilities.js';
import { expectClose } from './support/close.js';
import { openedEngine } from './support/opened-engine.js';
import { queries, sequence } from './support/queries.js';
import { trainSteps } from './support/stepped-run.js';
import { targets, tinyBase, tinyClasses, tinyConfig, tinyData } from './support/tiny-model.js';

const on = openedEngine('wasm');
let base: LoadedBase;
beforeAll(() => {
  base = tinyBase();
});
afterAll(() => base.dispose());

const method = findMethod('lora');
const config = method.config.parse({ rank: 2 });
const adamw = findOptimizer('adamw').build(findOptimizer('adamw').config.parse({}));

const ranking = (objective: TaskData['objective'], rows: readonly number[]): TaskData => ({
  objective,
  train: queries(24, rows, 1),
  validation: queries(12, rows, 2),
  test: queries(12, rows, 3),
});

function run(data: TaskData, recipe: string | undefined, given: Partial<TrainInput> = {}) {
  return trainSteps({
    engine: on.engine,
    model: base,
    method,
    config,
    optimizer: adamw,
    data,
    ...(recipe === undefined ? {} : { recipe: findRecipe(recipe) }),
    ...given,
    options: { targets, steps: 3, batchSize: 4, learningRate: 2e-2, clipNorm: null, seed: 1, ...given.options },
  });
}

const rows = [3, 5, 4, 6];
const onRanking = recipes.filter(
  ({ unfit, config }) => unfit?.({ objective: objectiveOfUnit('query') }, config.parse({})) === undefined,
);
function objectiveOfUnit(unit: Objective['unit']): Objective {
  return { name: 'made', unit, on: 'head' } as Objective;
}

it.each([
  ['ranking', 'listwise'],
  ['ranking-pairwise', 'ranknet'],
] as const)('trains by the loss of the objective %s as recipe %s, too', async (objective, recipe) => {
  const data = ranking(objective, rows);
  const [plain, own] = [await run(data, undefined), await run(data, recipe)];
  const of = ({ steps }: typeof plain) => steps.flatMap(({ loss, gradientNorm }) => [loss, gradientNorm]);
  expectClose(of(own), of(plain), 1e-4, 'losses and norms of gradients');
  expect(own.result.validation!['ndcg@10']).toBeCloseTo(plain.result.validation!['ndcg@10']!, 6);
});

/** What a recipe does to a training: each member of its parts. */
const membersOf = (recipe: Recipe): string[] =>
  Object.entries(recipe).flatMap(([part, members]) =>
    members && typeof members === 'object' && part !== 'config' && part !== 'paper' && part !== 'evidence'
      ? Object.keys(members).map((member) => `${part}.${member}`)
      : [],
  );
const learning = casesOf('recipes that learn an order', onRanking, oneOfEach(onRanking, membersOf));

it.each(learning.map(({ name }) => name))('%s learns the order of rows', async (name) => {
  const { result } = await run(ranking('ranking', rows), name, {
    options: { steps: 40, learningRate: 2e-2 },
    // A ball in which rows still differ, and queries enough to learn from.
    ...(findRecipe(name).perturb && { recipeConfig: { radius: 0.1, innerSteps: 2 } }),
    ...(findRecipe(name).select && { recipeConfig: { share: 0.75 } }),
  });
  expect(result.validation!['ndcg@10']).toBeGreaterThan(0.85);
});

describe.each(onRanking.map(({ name }) => name))('%s', (name) => {
  it('accumulates batches of whole queries to the step of one batch', async () => {
    const data = ranking('ranking', rows);
    const once = await run(data, name, { options: { steps: 2, learningRate: 2e-2 } });
    const twice = await run(data, name, {
      options: { steps: 2, learningRate: 2e-2, batchSize: 2, accumulate: 2 },
    });
    const of = ({ steps }: typeof once) => steps.flatMap(({ loss, gradientNorm }) => [loss, gradientNorm]);
    expectClose(of(twice), of(once), 1e-4, 'losses and norms of gradients');
  });

  it('holds the bytes that are predicted', async () => {
    const data = ranking('ranking', [5]);
    for (const accumulate of [1, 2]) {
      const { result } = await run(data, name, { options: { steps: 2, learningRate: 2e-2, accumulate } });
      const recipe = findRecipe(name);
      const predicted = predictMemory({
        ...{ model: tinyConfig, method, config, targets, objective: 'ranking', ...headOf(data) },
        ...{ optimizer: adamw, batchSize: 4, unitRows: 5, sequence, accumulate },
        recipe: { recipe, config: recipe.config.parse({}) },
      });
      expect(Math.abs(result.peak.total / predicted.total - 1), `accumulate ${accumulate}`).toBeLessThan(0.01);
    }
  });

  it('goes on from a checkpoint to the same bits', async () => {
    const data = ranking('ranking', rows);
    let kept: Uint8Array | undefined;
    const whole = await run(data, name, {
      options: { steps: 4, learningRate: 2e-2, checkpointEvery: 2 },
      onEvent: (event) => {
        if (event.type === 'checkpoint' && event.step === 2) kept = event.bytes;
      },
    });
    const { result } = await run(data, name, {
      options: { steps: 4, learningRate: 2e-2, checkpointEvery: 2 },
      resume: kept!,
    });
    expect(Buffer.compare(result.adapter!, whole.result.adapter!)).toBe(0);
    expect(result.recipe).toEqual(whole.result.recipe);
  });
});

describe.each(recipes.filter(({ perturb }) => perturb).map(({ name }) => name))('%s', (name) => {
  const recipe = findRecipe(name);

  it('trains to the bit as without it where the radius is 0', async () => {
    for (const data of [tinyData, tinyClasses]) {
      const plain = await run(data, undefined);
      const own = await run(data, name, { recipeConfig: { radius: 0 } });
      expect(own.steps.map(({ loss }) => loss)).toEqual(plain.steps.map(({ loss }) => loss));
      expect(Buffer.compare(own.result.adapter!, plain.result.adapter!)).toBe(0);
      expect(own.result.peak).toEqual(plain.result.peak);
    }
  });

  it.each(['full-ft', 'prompt-tuning'])('holds the bytes that are predicted: %s', async (methodName) => {
    const other = findMethod(methodName);
    const own = other.config.parse(other.usesRank ? { rank: 2 } : {});
    for (const [data, given] of [
      [tinyData, {}],
      [tinyClasses, { toward: 1 }],
    ] as const) {
      const recipeConfig = { radius: 2, innerSteps: 2, ...given };
      const { result } = await run(data, name, { method: other, config: own, recipeConfig });
      const predicted = predictMemory({
        ...{ model: tinyConfig, method: other, config: own, targets, objective: data.objective, ...headOf(data) },
        ...{ optimizer: adamw, batchSize: 4, sequence: 8 },
        recipe: { recipe, config: recipe.config.parse(recipeConfig) },
      });
      expect(Math.abs(result.peak.total / predicted.total - 1), data.objective).toBeLessThan(0.01);
    }
  });

  it('finds a loss that is higher than the plain one, the more the larger the radius', async () => {
    const first = async (radius: number) => {
      const recipeConfig = { radius, weight: 1 };
      return (await run(tinyClasses, name, { recipeConfig, options: { steps: 1, learningRate: 1e-6 } })).steps[0]!.loss;
    };
    const losses = [await first(0), await first(0.5), await first(4)];
    expect(losses).toEqual([...losses].sort((a, b) => a - b));
    expect(losses[2]!).toBeGreaterThan(losses[0]! + 0.1);
  });

  it('counts the products of its further passes', () => {
    const asked = {
      model: tinyConfig,
      method,
      config,
      targets,
      optimizer: adamw,
      batchSize: 4,
      sequence: 8,
      classes: 3,
    };
    const of = (innerSteps: number) =>
      predictProducts({ ...asked, recipe: { recipe, config: recipe.config.parse({ innerSteps }) } })!;
    const plain = predictProducts(asked)!;
    expect(of(3).forward).toBe(5 * plain.forward);
    expect(of(3).backward - of(2).backward).toBe(of(2).backward - of(1).backward);
    expect(of(1).backward).toBeGreaterThan(2 * plain.backward);
  });

  it('refuses a class where there are none, or not so many', () => {
    const asked = (given: object, toward: number) =>
      refusal({
        ...{ model: tinyConfig, method, config, targets, optimizer: adamw, ...given },
        recipe: { recipe, config: recipe.config.parse({ toward }) },
      });
    expect(asked({ objective: 'language-modelling' }, 0)).toEqual({
      field: 'recipe',
      reason: `${name} searches toward class 0, and the objective language-modelling has none: leave toward out`,
    });
    expect(asked({ objective: 'classification', classes: 3 }, 3)?.reason).toBe(
      `${name} searches toward class 3, and the task has classes 0 to 2: choose one of these, or leave toward out`,
    );
    expect(asked({ objective: 'classification', classes: 3 }, 2)).toBeUndefined();
    const compares = findMethod('ba-lora');
    const given = {
      method: compares,
      config: compares.config.parse({ rank: 2 }),
      objective: 'classification',
      classes: 3,
    };
    expect(asked(given, 2)?.reason).toMatch(/runs the model several times for a loss, and ba-lora compares one pass/);
  });
});

describe('refusals', () => {
  it('refuses a block that the model does not have', () => {
    const lat = findRecipe('lat');
    const of = (after: string) =>
      refusal({
        ...{ model: tinyConfig, method, config, targets, optimizer: adamw },
        recipe: { recipe: lat, config: lat.config.parse({ after }) },
      })?.reason;
    expect(of('0,2')).toBeUndefined();
    expect(of('1,3')).toBe('lat moves what block 3 puts out, and the model has 2: choose among 0 to 2');
    expect(() => of('first')).toThrow(/expected all, or numbers of blocks such as 2,4/);
  });

  const asked = (recipe: Recipe, given: object) =>
    refusal({
      ...{ model: tinyConfig, method, config, targets, optimizer: adamw, objective: 'ranking', classes: 1 },
      recipe: { recipe, config: recipe.config.parse({}) },
      ...given,
    });
  const recipe = findRecipe('lambda');

  it('refuses a recipe for ranked rows on a task that has none', () => {
    expect(asked(recipe, { objective: 'classification', classes: 3 })).toEqual({
      field: 'recipe',
      reason:
        'lambda orders the rows of queries, and the objective classification has none: leave the recipe out, or choose a task whose units are queries with graded rows',
    });
  });

  it('refuses an optimizer without gradients, and updates in the backward pass', () => {
    const zo = findOptimizer('zo-ranksgd');
    expect(asked(recipe, { optimizer: zo.build(zo.config.parse({})) })?.reason).toMatch(
      /^lambda finds the gradient of its loss, and the optimizer makes none: /,
    );
    expect(asked(recipe, { execution: 'perLayer', optimizer: undefined })?.reason).toMatch(/take execution tree/);
  });

  it('refuses anchors where no row has a grade', async () => {
    const data = ranking('ranking', rows);
    const { batch } = data.train;
    const train = {
      ...data.train,
      batch: (indices: readonly number[]) => ({ ...batch(indices), values: batch(indices).values!.map(() => 0) }),
    };
    await expect(run({ ...data, train }, 'anchored-hinge')).rejects.toThrow(
      'anchored-hinge: no row of the training split has a grade above 0, and anchors are those of grades',
    );
  });

  it('refuses a field that the recipe does not have', async () => {
    await expect(run(ranking('ranking', rows), 'lambda', { recipeConfig: { depth: 3 } })).rejects.toThrow(/depth/);
  });

  it('does not go on from a checkpoint of another recipe', async () => {
    const data = ranking('ranking', rows);
    const { result } = await run(data, 'lambda', { until: 2 });
    await expect(run(data, 'hinge', { resume: result.checkpoint! })).rejects.toThrow(/another trial/);
  });
});
