/** @file Trainings that choose their examples: what they are made of, what choosing holds and costs, and which choices are refused. */
import { describe, expect, it } from 'vitest';
import type { TaskData } from '../src/data/task-data.js';
import { predictSelection } from '../src/memory/predict.js';
import type { Split } from '../src/objectives/data.js';
import { findObjective } from '../src/objectives/registry.js';
import { findRecipe, recipes } from '../src/recipes/registry.js';
import { findMethod, findOptimizer } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { readAdapter } from '../src/training/adapter.js';
import { inject } from '../src/training/inject.js';
import { headOf } from '../src/training/loss.js';
import { openMeter } from '../src/training/measure.js';
import { trainOptionsSchema } from '../src/training/options.js';
import { refusal } from '../src/training/refusals/refusal.js';
import { projectedGradients } from '../src/training/selection.js';
import type { TrainInput } from '../src/training/trainer.js';
import type { TrialModel } from '../src/training/trial.js';
import { undisturbed } from '../src/training/turns.js';
import { openedBase } from './support/opened-engine.js';
import { trainSteps } from './support/stepped-run.js';
import { targets, tinyClasses, tinyConfig, tinyData } from './support/tiny-model.js';

const on = openedBase();

const method = findMethod('lora');
const config = method.config.parse({ rank: 2 });
const adamw = findOptimizer('adamw').build(findOptimizer('adamw').config.parse({}));
const ours = recipes.filter(({ select }) => select).map(({ name }) => name);
const byGradients = recipes.filter(({ select }) => select?.directions).map(({ name }) => name);

function run(recipe: string | undefined, recipeConfig: object = {}, given: Partial<TrainInput> = {}) {
  return trainSteps({
    ...{ engine: on.engine, model: on.base, method, config, optimizer: adamw, data: tinyClasses },
    ...(recipe && { recipe: findRecipe(recipe), recipeConfig }),
    ...given,
    options: { targets, steps: 3, batchSize: 4, learningRate: 2e-2, clipNorm: null, seed: 1, ...given.options },
  });
}

/** The class of each example. */
const classes = ({ size, batch }: Split) => [...batch(Array.from({ length: size }, (_, index) => index)).targets];

describe.each(ours)('%s', (name) => {
  /** Passes are few. */
  const few = findRecipe(name).select!.directions ? { candidates: 12, targets: 4 } : {};

  it('trains on what it chose and on nothing else', async () => {
    const read = new Set<number>();
    const { train } = tinyClasses;
    let training = false;
    const watched: Split = {
      ...train,
      batch(indices) {
        if (training) for (const index of indices) read.add(index);
        return train.batch(indices);
      },
    };
    const { result } = await run(
      name,
      { share: 0.25, ...few },
      {
        data: { ...tinyClasses, train: watched },
        onEvent(event) {
          training = event.type === 'step' && event.step < 3;
        },
      },
    );
    const { examples, of, shares } = result.recipe!.selection!;
    expect(examples).toHaveLength(8);
    expect(of).toBe(32);
    expect(read.size).toBeGreaterThan(4);
    for (const index of read) expect(examples).toContain(index);
    const own = classes(train);
    expect(shares.class!['1'] ?? 0).toBe(examples.filter((index) => own[index] === 1).length / 8);
  });

  it('trains to the bit as without it where the share is 1', async () => {
    const [plain, own] = [await run(undefined), await run(name, { share: 1 })];
    expect(Buffer.compare(own.result.adapter!, plain.result.adapter!)).toBe(0);
  });

  it('goes on with the same examples, without choosing again', async () => {
    const whole = await run(name, few);
    const { result: first } = await run(name, few, { until: 2 });
    const unread: Split = { ...tinyClasses.validation, answers: () => expect.unreachable('a target is read again') };
    const data = { ...tinyClasses, validation: unread };
    const { result } = await run(name, few, { data, resume: first.checkpoint! });
    expect(result.recipe).toEqual(whole.result.recipe);
    expect(Buffer.compare(result.adapter!, whole.result.adapter!)).toBe(0);
  });
});

describe.each(byGradients)('%s', (name) => {
  it('chooses examples of the class that is its target', async () => {
    const { result } = await run(name, { share: 0.2, targetClass: 2 });
    const { shares } = result.recipe!.selection!;
    expect(shares.class!['2'] ?? 0).toBeGreaterThan(0.6);
    // Every example of the training split, and those of the class in validation.
    const wanted = classes(tinyClasses.validation).filter((one) => one === 2).length;
    expect(result.recipe!.selectionGradients).toBe(32 + wanted);
    expect(result.recipe!.transportCost).toBeGreaterThan(0);
    expect(result.recipe!.transportCost).toBeLessThan(2);
  });

  it('warms up on the way, and counts what that differentiates', async () => {
    const { result } = await run(name, { warmup: 5, candidates: 12, targets: 4 });
    expect(result.recipe!.selectionGradients).toBe(12 + 4 + 5 * 4);
  });

  it('warms up on random weights, and on what training starts from there', async () => {
    const given = { method: findMethod('full-ft'), config: {}, initial: 'random' as const };
    const warmup = { warmup: 5, candidates: 12, targets: 4 };
    const { result } = await run(name, warmup, given);
    expect(result.recipe!.selectionGradients).toBe(12 + 4 + 5 * 4);
    expect(readAdapter(result.adapter!).info).toMatchObject({ initial: 'random', seed: 1 });
    const { result: further } = await run(name, warmup, { ...given, start: result.adapter! });
    expect(further.recipe!.selectionGradients).toBe(12 + 4 + 5 * 4);
    expect(further.validation!.loss).not.toBe(result.validation!.loss);
  });
});

it('warms up in fewer steps than those over which the learning rate rises', async () => {
  const options = { steps: 6, learningRate: 2e-2, warmupSteps: 4 };
  const { result, steps } = await run('tarot', { warmup: 2, candidates: 12, targets: 4 }, { options });
  expect(result.recipe!.selectionGradients).toBe(12 + 4 + 2 * 4);
  expect(steps.map(({ learningRate }) => learningRate / 2e-2).slice(0, 4)).toEqual([0.25, 0.5, 0.75, 1]);
});

it.each(['lora', 'full-ft'])(
  'holds what is predicted while it takes gradients, to a twentieth: %s',
  async (methodName) => {
    const other = findMethod(methodName);
    const own = other.config.parse(other.usesRank ? { rank: 2 } : {});
    const recipe = findRecipe('tarot');
    for (const data of [tinyData, tinyClasses]) {
      const head = headOf(data);
      const trial = inject({ base: on.base, method: other, config: own, targets, random: createRandom(2), ...head });
      const meter = openMeter(on.engine, trial, { turn: undisturbed });
      await projectedGradients(data.train, [0, 1], 8, { ...passOf(trial, data), random: createRandom(1) });
      const { total } = meter.peak();
      meter.close();
      trial.dispose();
      const asked = { model: tinyConfig, method: other, config: own, targets, objective: data.objective, ...head };
      const followed = { recipe, config: recipe.config.parse({}) };
      const predicted = predictSelection({ ...asked, optimizer: adamw, batchSize: 4, sequence: 8, recipe: followed })!;
      const bytes = 4 * Object.values(predicted).reduce((sum, floats) => sum + floats, 0);
      // The output of an operation is predicted to be there at once, and a table that is read twice to be complete the first time.
      expect(Math.abs(total / bytes - 1), data.objective).toBeLessThan(0.05);
    }
  },
);

const passOf = (trial: TrialModel, data: TaskData) => ({
  ...{ trial, model: on.base, data, turn: undisturbed, signal: undefined },
  options: trainOptionsSchema.parse({ targets, steps: 1, batchSize: 4, learningRate: 1, seed: 1 }),
});

it('keeps inner products of gradients in expectation', async () => {
  const trial = inject({ base: on.base, method, config, targets, random: createRandom(2), ...headOf(tinyClasses) });
  const pass = passOf(trial, tinyClasses);
  const products = async (directions: number, seed: number) => {
    const random = createRandom(seed);
    const rows = (await projectedGradients(tinyClasses.train, [0, 1], directions, { ...pass, random }))!;
    return rows.mmul(rows.transpose()).to1DArray();
  };
  try {
    // So many directions that hardly two scalars share one.
    const truth = await products(30_000, 1);
    const drawn: number[][] = [];
    for (let seed = 0; seed < 20; seed++) drawn.push(await products(256, seed));
    const means = truth.map((_, at) => drawn.reduce((sum, one) => sum + one[at]!, 0) / drawn.length);
    const scale = Math.max(...truth);
    means.forEach((mean, at) => {
      expect(Math.abs(mean - truth[at]!)).toBeLessThan(0.1 * scale);
    });
  } finally {
    trial.dispose();
  }
});

describe('bad input', () => {
  const share = (value: number) => () => findRecipe('tarot').config.parse({ share: value });
  it('refuses a share of nothing, and of more than all', () => {
    expect(share(0)).toThrow(/share/);
    expect(share(1.01)).toThrow(/share/);
    expect(share(1)).not.toThrow();
  });

  const fails = (recipe: string, recipeConfig: object, data: TaskData = tinyClasses) =>
    expect(run(recipe, recipeConfig, { data })).rejects;

  it('refuses a share that is no example', () =>
    fails('random-selection', { share: 0.01 }).toThrow(
      'recipeConfig.share: 0.01 of the 32 training examples is none: raise it to 0.03125 or more',
    ));

  it('refuses to choose more examples than are looked at', () =>
    fails('tarot', { share: 0.5, candidates: 10 }).toThrow(
      'recipeConfig.candidates: 0.5 of the 32 training examples is 16, and 10 are looked at: raise candidates, or lower share',
    ));

  it('refuses a target class that no example has', () => {
    const data = { ...tinyClasses, classes: 4 };
    return fails('tarot', { targetClass: 3 }, data).toThrow(
      'recipeConfig: no example of the validation split has class 3: choose a target that some have',
    );
  });

  it('refuses an empty target', () => {
    const data = { ...tinyClasses, validation: { ...tinyClasses.validation, size: 0 } };
    return fails('bm25-selection', {}, data).toThrow(
      'recipeConfig: the validation split, which examples are chosen for, has none',
    );
  });

  it('refuses a field that examples do not have, and a value that none has', async () => {
    const fields = { source: tinyClasses.validation.batch([0, 1, 2, 3, 4, 5, 6, 7]).targets };
    const named = { source: Array.from(fields.source, (one) => `s${one}`) };
    const data = { ...tinyClasses, validation: { ...tinyClasses.validation, fields: named } };
    await fails('tarot', { targetField: 'group', targetValue: 's1' }, data).toThrow(
      'recipeConfig.targetField: the examples have no field "group"; they have source',
    );
    await fails('tarot', { targetField: 'source', targetValue: 's9' }, data).toThrow(
      'recipeConfig: no example of the validation split has source "s9": choose a target that some have',
    );
  });

  const refused = (recipe: string, recipeConfig: object, given: object) =>
    refusal({
      ...{ model: tinyConfig, method, config, targets, optimizer: adamw, objective: 'classification', classes: 3 },
      recipe: { recipe: findRecipe(recipe), config: findRecipe(recipe).config.parse(recipeConfig) },
      ...given,
    })?.reason;

  it('refuses targets that no task of the kind has, before anything runs', () => {
    expect(refused('tarot', { targetClass: 3 }, {})).toBe(
      'tarot has class 3 as its target, and the task has classes 0 to 2: choose one of these, or leave targetClass out',
    );
    expect(refused('tarot', { targetClass: 0 }, { objective: 'language-modelling', classes: undefined })).toMatch(
      /^tarot has class 0 as its target, and the objective language-modelling has none/,
    );
    expect(refused('tarot', { targetField: 'source' }, {})).toBe(
      'tarot is given targetField without targetValue: give both, or neither',
    );
  });

  it('refuses gradients of single examples where others are a part of the loss', () => {
    const objective = findObjective('retrieval');
    expect(findRecipe('tarot').unfit!({ objective }, {})).toMatch(/^takes the gradient of one example at a time/);
    expect(findRecipe('bm25-selection').unfit!({ objective }, {})).toBeUndefined();
    expect(findRecipe('bm25-selection').unfit!({ objective: findObjective('image-classification') }, {})).toMatch(
      /^compares the tokens of texts/,
    );
  });

  it('refuses gradients for users, who stand in validation without an item', () => {
    const given = { objective: 'recommendation', classes: undefined };
    for (const name of byGradients) {
      expect(refused(name, {}, given)).toBe(
        `${name} takes the gradients of validation examples, and those of the objective recommendation are users without an item, which have no loss: choose another recipe`,
      );
    }
    expect(refused('random-selection', {}, given)).toBeUndefined();
  });

  it('refuses to warm up what cannot be made twice', () => {
    const compares = findMethod('ba-lora');
    const given = { method: compares, config: compares.config.parse({ rank: 2 }) };
    expect(refused('tarot', { warmup: 5 }, given)).toMatch(/^tarot warms up a training of its own, which ba-lora/);
    expect(refused('tarot', {}, given)).toBeUndefined();
  });
});
