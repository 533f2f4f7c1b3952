import { askedTextsOf } from '../../recipes/recipe.js';
import { largerPeak, type Preparation } from './preparation.js';

/**
 * Makes the examples of training as its recipe says, on the host, of texts that a generator writes where it asks one. The same seed and
 * the same texts make the same, so that a checkpoint need not hold them.
 */
export const recipeExamples: Preparation = {
  async prepare({ recipe, random, signal, write, emit }, ground) {
    const examples = recipe?.recipe.examples;
    if (!examples) return undefined;
    const { train } = ground.data;
    const make = (texts?: readonly string[]) => examples.of(train, recipe.config, random.fork('recipe'), texts);
    const writing = askedTextsOf(recipe);
    if (!writing) return { ...ground, data: { ...ground.data, train: make() } };
    if (!write) throw new Error(`${recipe.recipe.name} asks a generator, and the training has none`);
    const prompts = writing.prompts(train, random.fork('recipe'));
    try {
      const how = { maxTokens: writing.tokens, temperature: 0, seed: 0, stop: ['\n'] };
      const { texts, peak } = await write(prompts, how);
      const made = make(texts);
      const sample = texts.slice(0, shownTexts);
      await emit({ type: 'written', step: 0, texts: texts.length, examples: made.size, of: train.size, sample });
      const held = peak ? { peak: largerPeak(ground.peak, peak) } : {};
      return { ...ground, ...held, data: { ...ground.data, train: made } };
    } catch (error) {
      if (!signal?.aborted) throw error;
      return { ...ground, stopped: true };
    }
  },
};

const shownTexts = 5;
