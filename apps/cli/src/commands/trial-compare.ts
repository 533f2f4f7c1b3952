import {
  ComparedExamples,
  comparedExport,
  comparedTrials,
  mostCompared,
  type TableFormat,
  TrialDetail,
  tableFormats,
  WhichExamples,
} from '@rankforge/contracts';
import { type Command, InvalidArgumentError } from 'commander';
import { usage } from '../exit-codes.js';
import { comparedFormats, comparedTable } from '../output/compared-table.js';
import { agreementText, examplesText } from '../output/examples-text.js';
import { print } from '../output/print.js';
import { clientOf, fileFormat, formatOption, optionsOf, wholeNumber } from './options.js';

/** Options about examples; but for the first two they choose among those that are listed. */
const ofExamples = ['examples', 'metric', 'ahead', 'from', 'limit'];

interface CompareOptions {
  all?: boolean;
  /** Empty: all examples. */
  examples?: WhichExamples | '';
  metric?: string;
  ahead?: string;
  from: number;
  limit: number;
  format: 'table' | TableFormat;
}

function whichExamples(value: string): WhichExamples | '' {
  if (value === 'all') return '';
  const { data, error } = WhichExamples.safeParse(value);
  if (data === undefined) throw new InvalidArgumentError(`all, or ${error.issues[0]!.message}`);
  return data;
}

/** @throws CommandError where an option would change nothing */
function refuseUnread(command: Command, { examples }: CompareOptions, format: TableFormat | undefined): void {
  const readBy = format ? [] : examples === undefined ? ['examples', 'metric'] : ofExamples;
  const unread = ofExamples.filter((name) => !readBy.includes(name) && command.getOptionValueSource(name) === 'cli');
  if (unread.length === 0) return;
  const named = unread.map((name) => `--${name}`).join(', ');
  throw usage(
    format
      ? `--format ${format} writes settings and results alone: leave ${named} out, or take --json in the place of --format`
      : `${named}: no examples are listed; name those that are to be, as by --examples all`,
  );
}

/** Adds `compare` to the commands of trials. */
export function addTrialCompareCommand(trial: Command): void {
  trial
    .command('compare')
    .description(
      'Show trials side by side: the settings in which they differ, their results, and on which test examples they differ',
    )
    .argument('<ids...>', `ids of two to ${mostCompared} trials, of any sweeps of the project`)
    .option('--all', 'also list settings that do not differ')
    .option(
      '--examples <which>',
      'list test examples, too: all, differ, right, wrong, or a pattern of who is right, as 10',
      whichExamples,
    )
    .option('--metric <name>', 'compare examples by this metric of the task')
    .option('--ahead <id>', 'sort examples by how far this trial is ahead; default: by how far the trials differ')
    .option('--from <n>', 'place of the first example, from 0', wholeNumber, 0)
    .option('--limit <n>', 'examples at most, up to 100', wholeNumber, 20)
    .addOption(formatOption(tableFormats))
    .action(async (ids: string[], _: unknown, command: Command) => {
      const options = optionsOf<CompareOptions>(command);
      const format = fileFormat(options);
      refuseUnread(command, options, format);
      const distinct = [...new Set(ids)];
      if (distinct.length < 2 || distinct.length > mostCompared) {
        throw usage(`trial compare takes two to ${mostCompared} trials, got ${distinct.length}`);
      }
      const client = await clientOf(command);
      const trials = await Promise.all(
        distinct.map((id) => client.get('/v1/trials/{id}', TrialDetail, { params: { path: { id } } })),
      );
      if (format) return void process.stdout.write(comparedExport(trials, format, comparedFormats));
      const { examples: which, metric, ahead, from, limit } = options;
      const listed = which === undefined ? { limit: 0 } : { from, limit, ahead, which: which || undefined };
      const examples = await client.get('/v1/trials/examples', ComparedExamples, {
        params: { query: { trial: distinct, metric, ...listed } },
      });
      print(options, { trials: distinct, rows: comparedTrials(trials), examples }, () =>
        [
          comparedTable(trials, options),
          agreementText(examples, trials),
          ...(which === undefined ? [] : [examplesText(examples, { trials, from })]),
        ].join('\n\n'),
      );
    });
}
