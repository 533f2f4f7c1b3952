/** @file Documents of six letters and queries of four of them, and trainings of retrieval on these. */
import { corpusOf, searchedTexts } from '../../src/data/searched.js';
import type { TaskData } from '../../src/data/task-data.js';
import { objectives } from '../../src/objectives/registry.js';
import { findRecipe } from '../../src/recipes/registry.js';
import { findMethod, findOptimizer } from '../../src/registry.js';
import { createRandom } from '../../src/tensor/random.js';
import type { TrainInput } from '../../src/training/trainer.js';
import { trainSteps } from './stepped-run.js';
import { targets } from './tiny-model.js';

const searched = objectives.find(({ searches }) => searches)!;
export const objective = searched.name as TaskData['objective'];
export const method = findMethod('lora');
export const config = method.config.parse({ rank: 2 });
export const adamw = findOptimizer('adamw').build(findOptimizer('adamw').config.parse({}));
export const sequence = 8;
export const texts = {
  encode: (text: string) => Array.from(text, (letter) => Math.max(0, letter.charCodeAt(0) - 'a'.charCodeAt(0))),
  sequenceLength: sequence,
};

/** A document of six letters; the query of it has four of the same in another order. The first two queries have a second document. */
function dataOf(documents = 40): TaskData {
  const random = createRandom(5);
  const letter = () => String.fromCharCode('a'.charCodeAt(0) + random.integer(13));
  const text = () => Array.from({ length: 6 }, letter).join('');
  const items = (count: number) =>
    Array.from({ length: count }, (_, at) => {
      const [document, second] = [text(), text()];
      const rows = [{ text: document, grade: 2 }, ...(at < 2 ? [{ text: second, grade: 1 }] : [])];
      return { query: Array.from(document).reverse().slice(0, 4).join(''), rows };
    });
  const [train, validation, test] = [12, 10, 10].map(items);
  const further = Array.from({ length: documents }, text);
  const corpus = corpusOf([...train!, ...validation!, ...test!], further, texts);
  const of = (own: ReturnType<typeof items>) => searchedTexts(own, corpus, texts);
  return { objective, corpus, train: of(train!), validation: of(validation!), test: of(test!) };
}
export const data = dataOf();

type Given = Partial<Omit<TrainInput, 'options'>> & { options?: object };

/** Trains by a recipe, or by none. */
export const runOn = (
  { engine, base: model }: Pick<TrainInput, 'engine'> & { base: TrainInput['model'] },
  name: string | undefined,
  given: Given = {},
) =>
  trainSteps({
    engine,
    model,
    method,
    config,
    optimizer: adamw,
    data,
    ...(name === undefined ? {} : { recipe: findRecipe(name) }),
    ...given,
    options: { targets, steps: 2, batchSize: 4, learningRate: 2e-2, clipNorm: null, seed: 1, ...given.options },
  });
