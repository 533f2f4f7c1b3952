import { type AskedTexts, askedTextsOf, type ExampleFacts, vectorsOf } from '../../recipes/recipe.js';
import type { WrittenText } from '../events.js';
import { largerPeak, type Preparation } from './preparation.js';

/**
 * Makes the examples of training as its recipe says, on the host, of texts that a generator writes where it asks one. The same seed and
 * the same texts make the same, so that a checkpoint need not hold them.
 */
export const recipeExamples: Preparation = {
  async prepare({ recipe, random, signal, write, emit }, ground) {
    const examples = recipe?.recipe.examples;
    if (!examples) return undefined;
    const { train, segmenter } = ground.data;
    const vectors = vectorsOf(ground.model.config);
    const facts: ExampleFacts = { ...(vectors !== undefined && { vectors }), ...(segmenter && { segmenter }) };
    const make = (asked?: AskedTexts) =>
      examples.of(train, recipe.config, random.fork('recipe'), { ...facts, ...(asked && { asked }) });
    const writing = askedTextsOf(recipe);
    if (!writing) return { ...ground, data: { ...ground.data, train: make() } };
    if (!write) throw new Error(`${recipe.recipe.name} asks a generator, and the training has none`);
    const prompts = writing.prompts(train, random.fork('recipe'), facts);
    try {
      const how = { maxTokens: writing.tokens, temperature: 0, seed: 0, stop: ['\n'] };
      const { texts, peak } = await write(prompts, how);
      const written = texts.map((text, place): WrittenText => ({ prompt: prompts[place]!, text }));
      const took = (place: number, as: string) => {
        written[place]!.as = as;
      };
      const made = make({ texts, took });
      await emit({ type: 'written', step: 0, texts: written, examples: made.size, of: train.size });
      const held = peak ? { peak: largerPeak(ground.peak, peak) } : {};
      return { ...ground, ...held, data: { ...ground.data, train: made } };
    } catch (error) {
      if (!signal?.aborted) throw error;
      return { ...ground, stopped: true };
    }
  },
};
