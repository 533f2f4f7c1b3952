/** @file Batches of recipes that search the corpus of letters. */
import type { Engine } from '../../src/engine/engine.js';
import type { LoadedBase } from '../../src/models/base.js';
import type { RecipeState } from '../../src/recipes/recipe.js';
import { findRecipe } from '../../src/recipes/registry.js';
import { createRandom } from '../../src/tensor/random.js';
import { restore } from '../../src/training/evaluate.js';
import { objectiveOf } from '../../src/training/loss.js';
import { encodersOf, type SearchInput } from '../../src/training/search.js';
import { searchingOf } from '../../src/training/searching.js';
import { undisturbed } from '../../src/training/turns.js';
import { data, method, objective, runOn } from './letters.js';
import { tinyConfig } from './tiny-model.js';

interface Asked {
  recipeConfig: object;
  steps: readonly number[];
  of?: typeof data;
  /** Documents and queries beyond which an index is asked. */
  compared?: Record<'documents' | 'queries', number>;
}

/** Makes the batches that steps of a recipe read, without its training. */
export async function batchesOn(
  on: { engine: Engine; base: LoadedBase },
  name: string,
  { recipeConfig, steps, of = data, compared }: Asked,
) {
  const { base } = on;
  const recipe = findRecipe(name);
  const { result } = await runOn(on, undefined, { options: { steps: 1 } });
  const trial = restore(base, method, result.adapter!);
  const search: SearchInput = {
    ...encodersOf(trial, tinyConfig, objective),
    ...{ data: of, split: of.train, batchSize: 4, turn: undisturbed },
  };
  const searching = searchingOf({
    recipe: { recipe, config: recipe.config.parse(recipeConfig) },
    search,
    random: createRandom(3),
    ...(compared !== undefined && { compared }),
  })!;
  let state: RecipeState | undefined;
  const batches = [];
  for (const step of steps) {
    const made = await searching.batches(step)([0, 1, 2, 3], state);
    state = made.state;
    batches.push(made.batch);
  }
  const read = (batch: Parameters<ReturnType<typeof objectiveOf>['read']>[1]) =>
    objectiveOf(objective).read(tinyConfig, batch, trial.access());
  return { batches, report: searching.report(state!), state: state!, read, trial };
}
