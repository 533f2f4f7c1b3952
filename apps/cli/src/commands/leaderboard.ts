import {
  type AnyMeasure,
  defaultCost,
  Leaderboard,
  type LeaderboardQuery,
  measures,
  SweepDetail,
  type SweepKind,
  SweepPage,
  sweepKinds,
} from '@rankforge/contracts';
import { type Command, Option } from 'commander';
import type { ApiClient } from '../api/client.js';
import { CommandError, exitCode, usage } from '../exit-codes.js';
import { leaderboardTable } from '../output/leaderboard-table.js';
import { print } from '../output/print.js';
import { clientOf, optionsOf, positiveNumber, wholeNumber } from './options.js';

interface LeaderboardOptions {
  task?: string;
  base?: string;
  kind?: SweepKind;
  sweep?: string;
  budget?: number;
  maxParameters?: number;
  rank?: number;
  metric?: string;
  pareto?: string;
  atMost?: string[];
  scenario?: string;
  by: LeaderboardQuery['by'];
}

const nameList = (of: readonly AnyMeasure[]) => of.map(({ name }) => name).join(', ');

export function addLeaderboardCommand(program: Command): void {
  program
    .command('leaderboard')
    .description(
      'Show which method wins, and whether the difference is real; task and base default to those of --sweep, or of the newest sweep',
    )
    .option('--task <task>', 'task of the board')
    .option('--base <base>', 'base model of the board')
    .option('--sweep <id>', 'only trials of this sweep')
    .addOption(
      new Option(
        '--kind <kind>',
        'kind of sweep (default: that of --sweep, or of the newest sweep; finetune where both --task and --base are given)',
      ).choices(sweepKinds),
    )
    .option('--budget <MiB>', 'choose among configurations that fit this budget', positiveNumber)
    .option('--max-parameters <n>', 'choose among configurations that train at most so many parameters', wholeNumber)
    .option('--rank <n>', 'choose among configurations of this rank; what has no rank stays', wholeNumber)
    .option('--metric <metric>', 'metric of the task to choose and rank by (default: its primary one)')
    .addOption(
      new Option(
        '--pareto <measure>',
        `what the Pareto front holds the score against (default: ${defaultCost})`,
      ).choices(measures.map(({ name }) => name)),
    )
    .option(
      '--at-most <limit...>',
      `choose among configurations that take at most so much, as <measure>=<number>: ${nameList(measures.filter(({ limits }) => limits))}`,
    )
    .option('--scenario <name>', 'scenario of a federation, as the board lists it (default: the first)')
    .addOption(new Option('--by <what>', 'one row per').choices(['method', 'configuration']).default('method'))
    .action(async (_: unknown, command: Command) => {
      const options = optionsOf<LeaderboardOptions>(command);
      const client = await clientOf(command);
      const { task, base, kind } =
        options.task && options.base && !options.sweep
          ? { task: options.task, base: options.base, kind: undefined }
          : await ofSweep(client, options);
      const board = await client.get('/v1/leaderboard', Leaderboard, {
        params: {
          query: {
            task,
            base,
            kind: options.kind ?? kind,
            sweepId: options.sweep,
            memoryBudgetMiB: options.budget,
            maxTrainableParameters: options.maxParameters,
            rank: options.rank,
            metric: options.metric,
            cost: options.pareto,
            atMost: options.atMost,
            scenario: options.scenario,
            by: options.by,
          },
        },
      });
      print(options, board, () => leaderboardTable(board, options.by));
    });
}

/** Task, base and kind of the sweep that was named, or of the newest one, where they are not given. */
async function ofSweep(client: ApiClient, options: LeaderboardOptions) {
  const sweep = options.sweep
    ? await client.get('/v1/sweeps/{id}', SweepDetail, { params: { path: { id: options.sweep } } })
    : await newestSweep(client, options.task);
  for (const field of options.sweep ? (['task', 'base'] as const) : []) {
    const given = options[field];
    if (given === undefined || given === sweep[field]) continue;
    throw usage(`--${field} ${given}: the sweep is on ${sweep[field]}; leave --${field} out, or name another sweep`);
  }
  // The API knows the kind of a sweep that it is given.
  const kind = options.sweep ? undefined : sweep.kind;
  return { task: options.task ?? sweep.task, base: options.base ?? sweep.base, kind };
}

async function newestSweep(client: ApiClient, task: string | undefined) {
  const page = await client.get('/v1/sweeps', SweepPage, { params: { query: { task, limit: 1 } } });
  const newest = page.items[0];
  if (!newest) throw new CommandError('there is no sweep yet: submit one, or give --task and --base', exitCode.refused);
  return newest;
}
