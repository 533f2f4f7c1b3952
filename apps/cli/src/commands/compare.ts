import { answered, BoardRefused, examplesOfRuns, readingOf, runsBoard } from '@rankforge/boards';
import {
  AskedMetric,
  type BoardFigures,
  boardExport,
  type Leaderboard,
  type LeaderboardQuery,
  runMetric,
  type TableFormat,
  tableFormats,
  usualMetricNames,
  usualRunMetric,
} from '@rankforge/contracts';
import { type Command, Option } from 'commander';
import { CommandError, exitCode, usage } from '../exit-codes.js';
import { boardText } from '../output/board-text.js';
import { print, say } from '../output/print.js';
import type { ReadTask } from '../runs/formats/format.js';
import { readTasks } from '../runs/formats/registry.js';
import { anyNumber, checked, fileFormat, formatOption, optionsOf, positiveNumber } from './options.js';

interface CompareOptions {
  json?: boolean;
  format: 'table' | TableFormat;
  task?: string;
  metric?: string;
  filter?: string;
  direction?: 'maximize' | 'minimize';
  lowest?: number;
  highest?: number;
  margin?: number;
  budget?: number;
  by: LeaderboardQuery['by'];
}

/** The board of results in files, without a server. */
export function addCompareCommand(program: Command): void {
  program
    .command('compare')
    .description(
      'Say which of your results differ for real: a table of runs, or logs of lm-evaluation-harness or Inspect; no server is needed',
    )
    .argument(
      '<path...>',
      'tables of runs (*.csv, *.json, *.jsonl), folders of lm_eval --log_samples, or logs of inspect eval',
    )
    .option('--task <task>', 'one of several tasks of the logs (default: a board for each)')
    .option('--metric <metric>', `what scores are (default: the first of the logs; ${usualRunMetric} of a table)`)
    .option('--filter <filter>', 'of lm-evaluation-harness: how answers were taken out of texts (default: the first)')
    .addOption(new Option('--direction <way>', 'which scores are better').choices(['maximize', 'minimize']))
    .option('--lowest <number>', 'lowest score that there can be', anyNumber)
    .option('--highest <number>', 'highest score that there can be', anyNumber)
    .option(
      '--margin <difference>',
      'a difference that matters, in the unit of the score: ties are tested for differing by less',
      positiveNumber,
    )
    .option('--budget <MiB>', 'choose among configurations whose measured peak fits', positiveNumber)
    .addOption(new Option('--by <what>', 'one row per').choices(['method', 'configuration']).default('method'))
    .addOption(formatOption(tableFormats))
    .action(async (paths: string[], _: unknown, command: Command) => {
      const options = optionsOf<CompareOptions>(command);
      const format = fileFormat(options);
      const tasks = await readTasks(paths, options);
      const boards = tasks.map((task) => boardOf(task, options));
      for (const { remarks } of tasks) for (const remark of remarks) say(remark);
      if (format === undefined) {
        print(options, boards, () => boards.map((board) => boardText(board, options)).join('\n\n'));
        return;
      }
      for (const board of boards) process.stdout.write(boardExport(board, format, options.by));
    });
}

function boardOf({ task, metric: said, runs }: ReadTask, options: CompareOptions): Leaderboard {
  const { direction, lowest, highest, margin, budget, by } = options;
  const hasRange = lowest !== undefined || highest !== undefined;
  const asked = checked(AskedMetric, {
    name: options.metric ?? usualRunMetric,
    ...said,
    ...(direction && { direction }),
    ...(hasRange && { range: [lowest ?? null, highest ?? null] }),
  });
  const metric = runMetric(asked);
  if (!metric) {
    throw usage(
      `${asked.name}: say --direction maximize or minimize; only of ${usualMetricNames.join(', ')} the name says which is better`,
    );
  }
  const query: LeaderboardQuery = {
    task,
    base: '',
    by,
    ...(margin !== undefined && { margin }),
    ...(budget !== undefined && { memoryBudgetMiB: budget }),
  };
  try {
    const testExamples = examplesOfRuns(
      runs.map(({ run }) => run),
      metric,
      null,
    );
    const stored = runs.map(({ run: { examples, ...run } }) => ({
      ...run,
      examples: examples && Float64Array.from(examples),
    }));
    const board = runsBoard(query, { task, metric, testExamples, runs: stored }, readingOf(query));
    const named = withoutTraining(board);
    return answered(named, [named], query);
  } catch (cause) {
    if (!(cause instanceof BoardRefused)) throw cause;
    const placed = cause.errors.map(({ path, message }) => `${placeOf(path, runs)}${message}`);
    throw new CommandError(
      [...placed.slice(0, 10), ...(placed.length > 10 ? [`and ${placed.length - 10} more`] : [])].join('\n'),
      exitCode.usage,
      { cause },
    );
  }
}

/** Where nothing was trained, as in logs of models as they are, no row says so of itself. */
const withoutTraining = (board: BoardFigures): BoardFigures =>
  board.rows.every(({ steps }) => steps === 0)
    ? { ...board, rows: board.rows.map((row) => ({ ...row, steps: null })) }
    : board;

/** @example placeOf('/runs/0/score', runs) // 'line 2: score ' */
function placeOf(path: string, runs: ReadTask['runs']): string {
  const [, index, field] = /^\/runs\/(\d+)\/(.+)$/.exec(path) ?? [];
  return index === undefined ? '' : `${runs[Number(index)]!.where}: ${field} `;
}
