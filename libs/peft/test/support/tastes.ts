/** @file Users who like one half of the items each, and a table of vectors for them. */
import { fromRows, type Rows } from '../../src/data/from-rows.js';
import type { Interaction } from '../../src/data/interactions.js';
import { initialValues, LoadedBase } from '../../src/models/base.js';
import { modelConfigSchema } from '../../src/models/config.js';
import { createRandom } from '../../src/tensor/random.js';

export const vectorsConfig = modelConfigSchema.parse({
  architecture: 'embedding-mlp',
  cardinalities: [64],
  embeddingWidth: 8,
  width: 8,
  layers: 0,
});

export const vectors = (): LoadedBase =>
  new LoadedBase({ config: vectorsConfig, values: initialValues(vectorsConfig, createRandom(5)), tokenizer: null });

const [users, items] = [20, 40];

/** Each user takes ten items of one half in training, and one more in validation and in test. */
export function tastes(): Record<'train' | 'validation' | 'test', Interaction[]> {
  const random = createRandom('tastes');
  const rows = { train: [], validation: [], test: [] } as Record<'train' | 'validation' | 'test', Interaction[]>;
  for (let user = 0; user < users; user++) {
    const half = Array.from({ length: items / 2 }, (_, item) => 2 * item + (user % 2));
    const taken = Array.from({ length: 12 }, () => half.splice(random.integer(half.length), 1)[0]!);
    taken.forEach((item, at) => {
      const split = at < 10 ? 'train' : at === 10 ? 'validation' : 'test';
      rows[split].push({ user: `u${user}`, item: `i${item}` });
    });
  }
  return rows;
}

export const names = Array.from({ length: items }, (_, item) => `i${item}`);

export const tastesOf = (given: Partial<Rows<'recommendation'>> = {}) =>
  fromRows(
    { config: vectorsConfig, tokenizer: null },
    { objective: 'recommendation', documents: names, ...tastes(), ...given },
  );
