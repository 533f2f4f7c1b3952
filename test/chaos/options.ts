/** @file The command line. */
import { parseArgs } from 'node:util';

export interface ChaosOptions {
  seed: number;
  /** Schedules in a row, of this seed and the ones after it, each held against one run without faults. */
  runs: number;
  faults: number;
  trials: number;
  workers: number;
  longestSeconds: number;
  /** Federations in the place of trainings: of one process in peace, with turns that are trials under faults. */
  federations: boolean;
  /** Trains by the runner of torch, which is killed too. */
  torch: boolean;
  /** Folder the reports are written to; default: a temporary one is named at the end. */
  out: string | undefined;
}

export const usage = `npm run chaos -- [--seed N] [--runs N] [--faults N] [--trials N] [--workers N] [--longest SECONDS] [--federations | --torch] [--out FOLDER]
  --seed     of the schedule of faults (default: from the clock; it is printed)
  --runs     runs under faults, of this seed and those after it (default 1)
  --faults   how many (default 100)
  --trials   trainings of the sweep (default 200; rounded up to whole seeds)
  --workers  processes of one slot each (default 3)
  --longest  longest time until a fault is healed, in seconds (default 60)
  --federations  trains federations: in one process in peace, with turns of clients as trials under faults
  --torch    trains by torch, where the engine was added; its runner is killed too
  --out      folder for chaos-SEED.json and chaos-SEED.md`;

/** @throws Error naming the option that is wrong */
export function readOptions(args: string[]): ChaosOptions {
  const { values } = parseArgs({
    args,
    options: {
      seed: { type: 'string' },
      runs: { type: 'string', default: '1' },
      faults: { type: 'string', default: '100' },
      trials: { type: 'string', default: '200' },
      workers: { type: 'string', default: '3' },
      longest: { type: 'string', default: '60' },
      federations: { type: 'boolean', default: false },
      torch: { type: 'boolean', default: false },
      out: { type: 'string' },
    },
  });
  if (values.torch && values.federations) throw new Error('--torch trains no federations: leave one of both out');
  return {
    seed: values.seed === undefined ? Date.now() % 1_000_000 : whole('seed', values.seed, 0),
    runs: whole('runs', values.runs, 1),
    faults: whole('faults', values.faults, 0),
    trials: whole('trials', values.trials, 1),
    workers: whole('workers', values.workers, 1, 32),
    longestSeconds: whole('longest', values.longest, 1),
    federations: values.federations,
    torch: values.torch,
    out: values.out,
  };
}

function whole(name: string, text: string, from: number, to = 2 ** 31 - 1): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= from && value <= to && text.trim() !== '') return value;
  throw new Error(`--${name} is "${text}": expected a whole number from ${from} to ${to}`);
}
