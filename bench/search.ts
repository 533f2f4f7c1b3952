import { randomSampler, seededDraws, sobolSampler, tpeSampler } from '@rankforge/search';
import type { Bench, Cell } from './bench.js';
import { type FunctionName, functions } from './search/functions.js';
import { columnOf, quartilesOf, type Regrets, rankSumZ, recordedRegrets, regretsOf } from './search/regret.js';

const vectors = new URL('../../libs/search/test/vectors/regret/optuna.json', import.meta.url);

const bench: Bench = {
  title: 'Regret of searches after so many trials: ours and Optuna, median [quartiles] over seeds',
  async run() {
    const recorded = recordedRegrets(vectors);
    const drawsOf = (seed: number, number: number) => seededDraws(seed, `trial/${number}`);
    const names = Object.keys(functions) as FunctionName[];
    const rows = names.flatMap((name) => {
      const { tpe, random } = recorded.regrets[name];
      const measured = {
        tpe: regretsOf(tpeSampler, functions[name], recorded, drawsOf),
        random: regretsOf(randomSampler, functions[name], recorded, drawsOf),
        sobol: regretsOf(sobolSampler, functions[name], recorded, (seed) => seededDraws(seed, 'sobol')),
      };
      return recorded.after.flatMap((trials, column): Cell[][] => [
        [name, trials, 'TPE', ...compared(measured.tpe, tpe, column)],
        [name, trials, 'random', ...compared(measured.random, random, column)],
        [name, trials, 'Sobol', shown(measured.sobol, column), null, null],
      ]);
    });
    return {
      columns: ['function', 'trials', 'search', 'ours', 'Optuna', 'z'],
      rows,
      notes: [
        `${recorded.seeds} seeds each; Optuna ${recorded.optuna}, recorded by libs/search/test/oracle/regret/regrets.py.`,
        'z: rank-sum test of ours against theirs; above 0 ours are larger, beyond 1.96 the two differ at 5 %.',
      ],
    };
  },
};
export default bench;

function compared(own: Regrets, theirs: Regrets, column: number): Cell[] {
  const z = rankSumZ(columnOf(own, column), columnOf(theirs, column));
  return [shown(own, column), shown(theirs, column), z.toFixed(2)];
}

function shown(regrets: Regrets, column: number): string {
  const [low, median, high] = quartilesOf(columnOf(regrets, column)).map((value) => value.toFixed(3));
  return `${median} [${low}, ${high}]`;
}
