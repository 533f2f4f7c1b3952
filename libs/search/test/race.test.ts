import { describe, expect, it } from 'vitest';
import { type Direction, race, seededDraws } from '../src/index.js';
import { vectors } from './support/vectors.js';

interface RaceCase {
  examples: number[][];
  error: number;
  looks: number;
  places: number;
  most: number;
  direction: Direction;
  /** Trial, whether it goes on, p against the best, and whether it loses for sure; the best first. */
  raced: [number, boolean, number | null, boolean][];
}

const meanOf = (scores: readonly number[]) => scores.reduce((sum, score) => sum + score, 0) / scores.length;
const racersOf = (examples: readonly (readonly number[])[]) =>
  examples.map((scores, trial) => ({ trial: `${trial}`, value: meanOf(scores), examples: scores }));

describe('race', () => {
  it.each(vectors<RaceCase[]>('race/races'))(
    'drops whom tests of scipy drop: case %#',
    ({ examples, raced, ...given }) => {
      const own = race(racersOf(examples), given);
      expect(own.map(({ trial, goesOn, surely }) => [Number(trial), goesOn, surely])).toEqual(
        raced.map(([trial, goesOn, , surely]) => [trial, goesOn, surely]),
      );
      for (const [place, { pValue }] of own.entries()) {
        const expected = raced[place]![2];
        if (expected === null) expect(pValue).toBeNull();
        else expect(pValue! / expected).toBeCloseTo(1, 8);
      }
    },
  );

  it('drops one of two that are alike by the luck of the examples no more often than its error, on both of two rungs', () => {
    const draws = seededDraws('race', 'alike');
    const score = (difficulty: number) => Number(draws() + draws() - draws() - draws() > difficulty);
    const rounds = 400;
    let lost = 0;
    for (let round = 0; round < rounds; round += 1) {
      const rungs = [0, 1].map(() => {
        const difficulties = Array.from({ length: 132 }, () => draws() - 0.5);
        const examples = [0, 0, 0.2].map((worse) => difficulties.map((difficulty) => score(difficulty + worse)));
        return race(racersOf(examples), { error: 0.05, looks: 2, places: 1, most: 2, direction: 'maximize' });
      });
      lost += Number(rungs.some((raced) => raced.some(({ trial, surely }) => trial === '0' && surely)));
    }
    // The same simulation with the tests of scipy.
    const { dropped, rounds: theirs } = vectors<{ rounds: number; dropped: number }>('race/simulated');
    expect(dropped / theirs).toBeLessThan(0.05);
    expect(lost / rounds).toBeLessThan(0.05);
  });

  const tied = [
    { trial: 'a', value: 0.5, examples: [1, 1, 0, 0] },
    { trial: 'b', value: 0.5, examples: [0, 0, 1, 1] },
    { trial: 'c', value: 0.25, examples: [1, 0, 0, 0] },
  ];
  const given = { error: 0.05, looks: 1, places: 1, direction: 'maximize' } as const;
  const goOn = (raced: ReturnType<typeof race>) => raced.filter(({ goesOn }) => goesOn).map(({ trial }) => trial);

  it('lets those go on that are tied with the best, the best first, as far as there is room', () => {
    expect(goOn(race(tied, { ...given, most: 3 }))).toEqual(['a', 'b', 'c']);
    expect(goOn(race(tied, { ...given, most: 2 }))).toEqual(['a', 'b']);
    expect(goOn(race(tied, { ...given, most: 1 }))).toEqual(['a']);
  });

  it('lets one go on that loses for sure where it is spared', () => {
    const examples = (right: number) => Array.from({ length: 40 }, (_, index) => Number(index < right));
    const racers = racersOf([examples(39), examples(5), examples(4)]);
    const spares = (best: string, other: string) => best === '0' && other === '2';
    const raced = race(racers, { ...given, most: 2, spares });
    expect(raced.map(({ surely }) => surely)).toEqual([false, true, true]);
    expect(goOn(raced)).toEqual(['0', '2']);
  });

  it('has the best go on alone where scores of examples are not kept', () => {
    const bare = tied.map(({ trial, value }) => ({ trial, value }));
    const raced = race(bare, { ...given, most: 3 });
    expect(goOn(raced)).toEqual(['a']);
    expect(raced.map(({ pValue }) => pValue)).toEqual([null, null, null]);
  });
});
