import {
  type AnyMeasure,
  boardExport,
  comparedMeasures,
  defaultCost,
  Leaderboard,
  type LeaderboardQuery,
  measures,
  SweepDetail,
  type SweepKind,
  SweepPage,
  type SweepView,
  sweepKinds,
  type TableFormat,
  tableFormats,
} from '@rankforge/contracts';
import { type Command, Option } from 'commander';
import type { ApiClient } from '../api/client.js';
import { CommandError, exitCode, usage } from '../exit-codes.js';
import { boardText } from '../output/board-text.js';
import { print, say } from '../output/print.js';
import { hasResult } from '../watch.js';
import { clientOf, fileFormat, formatOption, optionsOf, positiveNumber, wholeNumber } from './options.js';

interface LeaderboardOptions {
  json?: boolean;
  format: 'table' | TableFormat;
  task?: string;
  base?: string;
  kind?: SweepKind;
  sweep?: string;
  all?: boolean;
  budget?: number;
  maxParameters?: number;
  rank?: number;
  metric?: string;
  margin?: number;
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
      'Show which method wins, and whether the difference is real: in --sweep, else in the newest sweep with a result; --all, or --task and --base together, pool the sweeps',
    )
    .option('--task <task>', 'task of the board')
    .option('--base <base>', 'base model of the board')
    .option('--sweep <id>', 'only trials of this sweep')
    .option('--all', 'trials of all sweeps on the task and base, which need not have been trained alike')
    .addOption(
      new Option(
        '--kind <kind>',
        'kind of sweep (default: that of the sweep; finetune where both --task and --base are given)',
      ).choices(sweepKinds),
    )
    .option('--budget <MiB>', 'choose among configurations that fit this budget', positiveNumber)
    .option('--max-parameters <n>', 'choose among configurations that train at most so many parameters', wholeNumber)
    .option('--rank <n>', 'choose among configurations of this rank; what has no rank stays', wholeNumber)
    .option('--metric <metric>', 'metric of the task to choose and rank by (default: its primary one)')
    .option(
      '--margin <difference>',
      'a difference that matters, in the unit of the score: ties are tested for differing by less (default: what another seed does)',
      positiveNumber,
    )
    .addOption(
      new Option(
        '--pareto <measure>',
        `what the Pareto front holds the score against (default: ${defaultCost})`,
      ).choices(comparedMeasures.map(({ name }) => name)),
    )
    .option(
      '--at-most <limit...>',
      `choose among configurations that take at most so much, as <measure>=<number>: ${nameList(measures.filter(({ limits }) => limits))}`,
    )
    .option('--scenario <name>', 'scenario of a federation, as the board lists it (default: the first)')
    .addOption(new Option('--by <what>', 'one row per').choices(['method', 'configuration']).default('method'))
    .addOption(formatOption(tableFormats))
    .action(async (_: unknown, command: Command) => {
      const options = optionsOf<LeaderboardOptions>(command);
      const format = fileFormat(options);
      const client = await clientOf(command);
      if (options.sweep && options.all)
        throw usage('--sweep is one sweep and --all is every one: leave one of them out');
      const { task, base, kind, sweepId } = await scopeOf(client, options);
      const board = await client.get('/v1/leaderboard', Leaderboard, {
        params: {
          query: {
            task,
            base,
            kind: options.kind ?? kind,
            sweepId,
            memoryBudgetMiB: options.budget,
            maxTrainableParameters: options.maxParameters,
            rank: options.rank,
            metric: options.metric,
            margin: options.margin,
            cost: options.pareto,
            atMost: options.atMost,
            scenario: options.scenario,
            by: options.by,
          },
        },
      });
      if (format === undefined) {
        print(options, board, () => boardText(board, { ...options, sweepId }));
        return;
      }
      process.stdout.write(boardExport(board, format, options.by));
      // A program that reads CSV expects rows alone.
      if (format === 'csv') say(board.answer ?? 'no row has a score yet');
    });
}

/** Trials of a board: those of one sweep, or of all on a task and base. The API knows the kind of a sweep that it is given. */
interface Scope {
  task: string;
  base: string;
  kind?: SweepKind;
  sweepId?: string;
}

async function scopeOf(client: ApiClient, options: LeaderboardOptions): Promise<Scope> {
  if (options.sweep) return ofSweep(client, options.sweep, options);
  if (options.task && options.base) return { task: options.task, base: options.base };
  const sweep = await newestSweep(client, options);
  const { task, base, kind, id, name } = sweep;
  if (options.all) return { task, base, kind };
  const which = hasResult(sweep) ? 'newest with a result' : 'newest';
  if (!options.json) say(`of sweep ${id} (${name}), the ${which}; --all pools the sweeps of its board`);
  return { task, base, kind, sweepId: id };
}

/** The sweep that was named; what is asked for besides has to be its own. */
async function ofSweep(client: ApiClient, id: string, options: LeaderboardOptions): Promise<Scope> {
  const sweep = await client.get('/v1/sweeps/{id}', SweepDetail, { params: { path: { id } } });
  for (const field of ['task', 'base'] as const) {
    const given = options[field];
    if (given === undefined || given === sweep[field]) continue;
    throw usage(`--${field} ${given}: the sweep is on ${sweep[field]}; leave --${field} out, or name another sweep`);
  }
  return { task: sweep.task, base: sweep.base, sweepId: id };
}

/** The newest sweep of the task, base and kind that are given, with a result where any has one. */
async function newestSweep(client: ApiClient, { task, base, kind }: LeaderboardOptions): Promise<SweepView> {
  const isAskedFor = (sweep: SweepView) =>
    (base === undefined || sweep.base === base) && (kind === undefined || sweep.kind === kind);
  let newest: SweepView | undefined;
  let cursor: string | undefined;
  do {
    const page: SweepPage = await client.get('/v1/sweeps', SweepPage, { params: { query: { task, cursor } } });
    const found = page.items.filter(isAskedFor);
    const withResult = found.find(hasResult);
    if (withResult) return withResult;
    newest ??= found[0];
    cursor = page.nextCursor;
  } while (cursor);
  if (newest) return newest;
  const asked = Object.entries({ task, base, kind }).flatMap(([name, value]) => (value ? [`--${name} ${value}`] : []));
  throw new CommandError(
    asked.length > 0
      ? `no sweep has ${asked.join(' and ')}: submit one, or give both --task and --base`
      : 'there is no sweep yet: submit one, or give --task and --base',
    exitCode.refused,
  );
}
