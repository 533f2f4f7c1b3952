import type { Preparation } from './preparation.js';

/** Makes the examples of training as its recipe says, on the host. The same seed makes the same, so that a checkpoint need not hold them. */
export const recipeExamples: Preparation = {
  prepare({ recipe, random }, ground) {
    const examples = recipe?.recipe.examples;
    if (!examples) return undefined;
    const train = examples.of(ground.data.train, recipe.config, random.fork('recipe'));
    return { ...ground, data: { ...ground.data, train } };
  },
};
