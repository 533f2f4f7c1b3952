import {
  type AddRuns,
  type AskedMetric,
  mostRunsAtOnce,
  RunsAdded,
  RunsRemoved,
  usualMetricNames,
  usualRunMetric,
} from '@rankforge/contracts';
import { type Command, Option } from 'commander';
import { CommandError } from '../exit-codes.js';
import { print } from '../output/print.js';
import { type ReadRun, readRuns } from '../runs/read-runs.js';
import { settingsText } from '../runs/settings-text.js';
import { anyNumber, clientOf, optionsOf } from './options.js';

interface ImportRunsOptions {
  name: string;
  base: string;
  title?: string;
  metric?: string;
  direction?: 'maximize' | 'minimize';
  lowest?: number;
  highest?: number;
}

/** Bytes of the runs of a request, of which the API takes 1 MiB at most. */
const mostBytes = 900_000;

/** Runs that were trained elsewhere: onto a board of their own, and off again. */
export function addImportRunsCommands(group: Command): void {
  group
    .command('runs')
    .description(
      'Put runs that were trained elsewhere on a board of their own: a file of JSON, JSONL or CSV with a run a row',
    )
    .argument('<file>', 'the runs, as *.json, *.jsonl or *.csv')
    .requiredOption('--name <name>', 'name of the board, which is made where it is not there')
    .requiredOption('--base <base>', 'base model, e.g. its id on a hub')
    .option('--title <title>', 'title of a new board (default: its name)')
    .option(
      '--metric <metric>',
      `what scores are (default: that of the board, or ${usualRunMetric} of a new one); of ${usualMetricNames.join(', ')} the name says the rest`,
    )
    .addOption(new Option('--direction <way>', 'which scores are better').choices(['maximize', 'minimize']))
    .option('--lowest <number>', 'lowest score that there can be', anyNumber)
    .option('--highest <number>', 'highest score that there can be', anyNumber)
    .action(async (file: string, _: unknown, command: Command) => {
      const options = optionsOf<ImportRunsOptions>(command);
      const runs = await readRuns(file);
      const client = await clientOf(command);
      const { name, base, title } = options;
      const metric = metricOf(options);
      let sent = { added: 0, replaced: 0, known: 0 };
      let last: RunsAdded | undefined;
      for (const part of parts(runs)) {
        const runs = part.map(({ run }) => run);
        const body: AddRuns = { name, base, ...(title && { title }), ...(metric && { metric }), runs };
        last = await client.post('/v1/runs', RunsAdded, { body }).catch((cause: unknown) => {
          throw inFile(cause, file, { part, before: last });
        });
        sent = {
          added: sent.added + last.added,
          replaced: sent.replaced + last.replaced,
          known: sent.known + last.known,
        };
      }
      const answer = { ...last!, ...sent };
      print(options, answer, () => described(answer, settingsText(runs.map(({ run }) => run))));
    });

  group
    .command('remove-runs')
    .description('Remove a board of runs that were trained elsewhere')
    .argument('<name>', 'name of the board')
    .argument('<base>', 'its base model, as the list of boards has it')
    .action(async (name: string, base: string, _: unknown, command: Command) => {
      const client = await clientOf(command);
      const removed = await client.delete('/v1/runs/{name}/{base}', RunsRemoved, { params: { path: { name, base } } });
      print(optionsOf(command), removed, () => `removed ${removed.task} on ${removed.base}: ${counted(removed.runs)}`);
    });
}

function metricOf({ metric, direction, lowest, highest }: ImportRunsOptions): AskedMetric | undefined {
  const hasRange = lowest !== undefined || highest !== undefined;
  if (metric === undefined && direction === undefined && !hasRange) return undefined;
  return {
    name: metric ?? usualRunMetric,
    ...(direction && { direction }),
    ...(hasRange && { range: [lowest ?? null, highest ?? null] }),
  };
}

/** Runs in the order of the file, as many together as a request takes. */
function parts(runs: readonly ReadRun[]): ReadRun[][] {
  const all: ReadRun[][] = [];
  let room = 0;
  for (const read of runs) {
    const bytes = Buffer.byteLength(JSON.stringify(read.run));
    if (all.length === 0 || room < bytes || all.at(-1)!.length === mostRunsAtOnce) {
      all.push([]);
      room = mostBytes;
    }
    all.at(-1)!.push(read);
    room -= bytes;
  }
  return all;
}

/** A refusal that names runs by where they stand in the file, and what of the file is on the board. */
function inFile(
  cause: unknown,
  file: string,
  { part, before }: { part: readonly ReadRun[]; before: RunsAdded | undefined },
): unknown {
  if (!(cause instanceof CommandError)) return cause;
  const message = cause.message.replace(/\/runs\/(\d+)\//g, (_, index) => `${file}, ${part[Number(index)]!.where}: `);
  const kept = before
    ? `\nRuns before ${part[0]!.where} are on the board ${before.task}: import the file again when it is mended.`
    : '';
  return new CommandError(message + kept, cause.status, { cause });
}

const counted = (runs: number) => `${runs} ${runs === 1 ? 'run' : 'runs'}`;

function described({ task, base, added, replaced, known, runs }: RunsAdded, settings: readonly string[]): string {
  const what = [
    `${counted(added)} added`,
    ...(replaced > 0 ? [`${replaced} replaced`] : []),
    ...(known > 0 ? [`${known} known already`] : []),
  ];
  return [
    `${what.join(', ')}; the board has ${counted(runs)}`,
    ...settings,
    `rankforge leaderboard --task ${task} --base ${base}`,
  ].join('\n');
}
