/** @file Which negatives teach two linear encoders to match hidden topics (DR-TOPIC), by the losses of recipes. */
import { describe, expect, it } from 'vitest';
import { casesOf, onlyInFull } from '../../../test/support/full.js';
import type { Random } from '../src/tensor/random.js';
import { firstTowers, hardest, scored, type Towers, topics, trained } from './support/topics.js';

const sizes = { documents: 600, trained: 400, tested: 200, noise: 2 };
const hard = 50;

/** Trains from the same warm towers with one sort of negatives after another. */
function compared(seed: number, temperature: number, steps: number) {
  const of = topics(seed, sizes);
  const config = { temperature };
  const warm = trained(of, firstTowers(seed), { recipe: 'star', config, steps: 100, seed });
  const first = hardest(of, warm, hard);
  const draw = (query: number, random: Random) => [first[query]![random.integer(hard)]!];
  const by = (recipe: string, drawn = {}) => trained(of, warm, { recipe, config, steps, seed, ...drawn });
  return {
    score: (towers: Towers) => scored(of, towers),
    ...{ batch: by('star'), hard: by('static-hard', { draw }), star: by('star', { draw }) },
  };
}

describe('hard negatives that stay', () => {
  it.each(casesOf('seeds of hidden topics', [1, 2, 3], [1]))(
    'let the encoders forget what tells a document from any other, and stable training does not: seed %i',
    (seed) => {
      const { score, batch, hard, star } = compared(seed, 0.5, 200);
      expect(score(hard).rank).toBeGreaterThan(2 * score(batch).rank);
      expect(score(star).rank).toBeLessThan(score(hard).rank / 2);
      expect(score(star).rr).toBeGreaterThan(score(hard).rr + 0.1);
    },
  );

  it.runIf(onlyInFull('hard negatives at a low temperature'))(
    'harm less where a low temperature leaves alone what is told apart',
    () => {
      const { score, batch, hard } = compared(1, 0.05, 300);
      expect(score(hard).rank).toBeLessThan(2 * score(batch).rank);
    },
  );
});
