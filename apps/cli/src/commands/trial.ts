import {
  AnswerPage,
  AnswersQuery,
  csvHead,
  csvLines,
  limitsText,
  MetricSeriesList,
  nameBesideOptimizer,
  PlacesPage,
  type PlacesQuery,
  TrialLog,
  TrialPage,
  type TrialQuery,
  TrialSort,
  type TrialState,
  trialExportColumns,
  trialExports,
  trialStates,
  WrittenTextPage,
  WrittenTextsQuery,
} from '@rankforge/contracts';
import { type Command, Option } from 'commander';
import { saveDownload } from '../api/save-download.js';
import { usage } from '../exit-codes.js';
import { formatMiB, formatNumber } from '../output/format.js';
import { placesText } from '../output/places-text.js';
import { print, sayMore } from '../output/print.js';
import { table } from '../output/table.js';
import { clientOf, cursorOption, fileFormat, formatOption, optionsOf, wholeNumber } from './options.js';
import { addTrialCompareCommand } from './trial-compare.js';

interface ListOptions {
  format: 'table' | 'csv';
  sweep?: string;
  state?: TrialState;
  partOf?: string;
  method?: string;
  sort: TrialQuery['sort'];
  limit: number;
  cursor?: string;
}

export function addTrialCommands(program: Command): void {
  const trial = program.command('trial').description('Look at trials');

  trial
    .command('list')
    .description('List trials, filtered and sorted')
    .option('--sweep <id>', 'only trials of this sweep')
    .addOption(new Option('--state <state>').choices(trialStates))
    .option(
      '--part-of <id>',
      'the turns of clients of this federation, or the scores by sites of this scoring, which are left out otherwise',
    )
    .option('--method <method>', 'only trials of this method')
    .addOption(new Option('--sort <key>').choices(TrialSort.options).default('ordinal'))
    .option('--limit <n>', 'trials on a page, at most 500', wholeNumber, 100)
    .addOption(cursorOption())
    .addOption(formatOption(['csv']))
    .action(async (_: unknown, command: Command) => {
      const options = optionsOf<ListOptions>(command);
      const { sweep: sweepId, state, partOf, method, sort, limit, cursor } = options;
      const format = fileFormat(options);
      if (format && (cursor !== undefined || command.getOptionValueSource('limit') === 'cli')) {
        throw usage(`--format ${format} writes the trials of all pages: leave --limit and --cursor out`);
      }
      const client = await clientOf(command);
      const read = (of: Pick<TrialQuery, 'limit' | 'cursor'>) =>
        client.get('/v1/trials', TrialPage, { params: { query: { sweepId, state, partOf, method, sort, ...of } } });
      if (format) return writeCsv(read);
      const page = await read({ limit, cursor });
      print(options, page, () => trialTable(page.items, sweepId === undefined));
      sayMore(options, page);
    });

  trial
    .command('logs')
    .description('Show the end of the log of each attempt')
    .argument('<id>', 'id of the trial')
    .action(async (id: string, _: unknown, command: Command) => {
      const client = await clientOf(command);
      const log = await client.get('/v1/trials/{id}/log', TrialLog, { params: { path: { id } } });
      print(optionsOf(command), log, () => log.lines.map((line) => `${line.attempt}  ${line.text}`).join('\n'));
    });

  trial
    .command('answers')
    .description('Show what a procedure answered: question, passages that were read, answer and scores')
    .argument('<id>', 'id of the trial')
    .addOption(
      new Option('--sort <order>', 'as the split has them, the worst first, or the best')
        .choices(AnswersQuery.shape.sort.unwrap().options)
        .default('question'),
    )
    .option('--from <n>', 'place of the first, from 0', wholeNumber, 0)
    .option('--limit <n>', 'how many at most', wholeNumber, 20)
    .action(async (id: string, _: unknown, command: Command) => {
      const options = optionsOf<Pick<AnswersQuery, 'sort' | 'from' | 'limit'>>(command);
      const { sort, from, limit } = options;
      const client = await clientOf(command);
      const page = await client.get('/v1/trials/{id}/answers', AnswerPage, {
        params: { path: { id }, query: { sort, from, limit } },
      });
      print(options, page, () => page.answers.map(answerText).join('\n\n'));
    });

  trial
    .command('places')
    .description('Show where relevant or attacked documents stand in the orders of queries, and the mean recall')
    .argument('<id>', 'id of the trial')
    .option('--from <n>', 'place of the first query, from 0', wholeNumber, 0)
    .option('--limit <n>', 'queries at most, up to 100', wholeNumber, 20)
    .action(async (id: string, _: unknown, command: Command) => {
      const options = optionsOf<Pick<PlacesQuery, 'from' | 'limit'>>(command);
      const { from, limit } = options;
      const client = await clientOf(command);
      const page = await client.get('/v1/trials/{id}/places', PlacesPage, {
        params: { path: { id }, query: { from, limit } },
      });
      print(options, page, () => placesText(page, from));
    });

  trial
    .command('texts')
    .description('Show what a generator wrote for the examples of a training, and what was made of it')
    .argument('<id>', 'id of the trial')
    .addOption(
      new Option('--only <which>', 'those that an example was made of, or the others').choices(
        WrittenTextsQuery.shape.only.unwrap().options,
      ),
    )
    .option('--from <n>', 'place of the first, from 0', wholeNumber, 0)
    .option('--limit <n>', 'how many at most', wholeNumber, 20)
    .action(async (id: string, _: unknown, command: Command) => {
      const options = optionsOf<Pick<WrittenTextsQuery, 'only' | 'from' | 'limit'>>(command);
      const { only, from, limit } = options;
      const client = await clientOf(command);
      const page = await client.get('/v1/trials/{id}/texts', WrittenTextPage, {
        params: { path: { id }, query: { only, from, limit } },
      });
      print(options, page, () => textsText(page));
    });

  trial
    .command('export')
    .description(
      'Write what a trial answered, or the first rows of the orders that it made, as a file of another program',
    )
    .argument('<id>', 'id of the trial')
    .addOption(new Option('--as <program>', 'whose file it is').choices(trialExports).makeOptionMandatory())
    .option('-o, --output <path>', 'file to write (default: <id>-<program>.json)')
    .action(async (id: string, _: unknown, command: Command) => {
      const options = optionsOf<{ as: (typeof trialExports)[number]; output?: string }>(command);
      const { as, output = `${id}-${as}.json` } = options;
      const client = await clientOf(command);
      const response = await client.download('/v1/trials/{id}/export', { params: { path: { id }, query: { as } } });
      const { bytes } = await saveDownload(response, output);
      print(options, { name: output, bytes }, () => `${output}: ${bytes} bytes`);
    });

  addTrialCompareCommand(trial);

  trial
    .command('metrics')
    .description('Show the metric series of a trial')
    .argument('<id>', 'id of the trial')
    .option('--name <name...>', 'only these, such as train/loss')
    .option('--max-points <n>', 'points of a series at most; longer series keep their extremes', wholeNumber, 500)
    .action(async (id: string, _: unknown, command: Command) => {
      const options = optionsOf<{ name?: string[]; maxPoints: number }>(command);
      const client = await clientOf(command);
      const { name, maxPoints } = options;
      const list = await client.get('/v1/trials/{id}/metrics', MetricSeriesList, {
        params: { path: { id }, query: { name, maxPoints } },
      });
      print(options, list, () => metricTable(list));
    });
}

const trialsOfPage = 500;

/** Writes the trials of all pages, one page after another. */
async function writeCsv(read: (of: Pick<TrialQuery, 'limit' | 'cursor'>) => Promise<TrialPage>): Promise<void> {
  process.stdout.write(csvHead(trialExportColumns));
  let cursor: string | undefined;
  do {
    const page = await read({ limit: trialsOfPage, ...(cursor !== undefined && { cursor }) });
    process.stdout.write(csvLines(page.items, trialExportColumns));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
}

const textsText = ({ texts, used, kept, items }: WrittenTextPage): string =>
  [
    `${used} of ${texts} texts made examples${kept < texts ? `; the first ${kept} are kept` : ''}`,
    ...items.map(
      ({ prompt, text, as }) => `${prompt}\n  text: ${text.trim() || '–'}\n  read as: ${as ?? 'no example'}`,
    ),
  ].join('\n\n');

function answerText({
  question,
  request,
  right,
  answer,
  context,
  scores,
  nearest,
  judged,
  statements = [],
  quest,
}: AnswerPage['answers'][number]): string {
  const numbers = Object.entries(scores).map(([name, value]) => `${name} ${formatNumber(value)}`);
  const shared = nearest.shared.length === 0 ? 'no word' : nearest.shared.join(', ');
  return [
    `${request ?? 'question'}: ${question}`,
    `  answer: ${answer || '–'}`,
    `  right: ${right.join(' | ')} (nearest: ${nearest.right}, shared: ${shared})`,
    `  ${numbers.join(', ')}${judged === undefined ? '' : `, judged ${judged ? 'right' : 'wrong'}`}`,
    ...(quest ? [`  quest F1 ${formatNumber(quest.f1)}, recall ${formatNumber(quest.recall)}`] : []),
    ...(quest?.questions ?? []).map(
      ({ question: asked, right: known, said }) => `    ${asked}: ${said ?? '–'} (right: ${known ?? '–'})`,
    ),
    ...context.map(
      ({ document, text, evidence }) => `  read ${document + 1} (${formatNumber(evidence)} evidence): ${text}`,
    ),
    ...statements.map(({ kind, text }) => `  ${kind}: ${text}`),
  ].join('\n');
}

/** Numbers of trials count within a sweep: a list over several sweeps says of which each is. */
function trialTable(trials: TrialPage['items'], ofSweeps: boolean): string {
  return table(trials, [
    { title: 'id', value: (trial) => trial.id },
    ...(ofSweeps ? [{ title: 'sweep', value: (trial: TrialPage['items'][number]) => trial.sweepId }] : []),
    { title: '#', right: true, value: (trial) => trial.ordinal },
    { title: 'kind', value: (trial) => trial.kind },
    { title: 'state', value: (trial) => trial.state },
    { title: 'method', value: nameBesideOptimizer },
    { title: 'optimizer', value: (trial) => trial.optimizer },
    { title: 'rank', right: true, value: (trial) => trial.rank ?? '–' },
    { title: 'lr', right: true, value: (trial) => formatNumber(trial.learningRate, 2) },
    { title: 'seed', right: true, value: (trial) => trial.seed },
    {
      title: 'budget',
      right: true,
      value: ({ memoryBudgetMiB, limits }) => (limits ? `${memoryBudgetMiB}, ${limitsText(limits)}` : memoryBudgetMiB),
    },
    { title: 'step', right: true, value: stepText },
    { title: 'loss', right: true, value: (trial) => formatNumber(trial.loss) },
    { title: 'objective', right: true, value: (trial) => formatNumber(trial.objective) },
    { title: 'test score', right: true, value: (trial) => formatNumber(trial.score) },
    { title: 'MiB', right: true, value: (trial) => formatMiB(trial.measuredBytes) },
    { title: 'reason', value: (trial) => trial.reason ?? '' },
  ]);
}

/** A scoring has no steps, and neither has a method that trains nothing. */
const stepText = ({ step, steps }: TrialPage['items'][number]) => (steps === 0 ? '–' : `${step}/${steps}`);

function metricTable(list: MetricSeriesList): string {
  const points = list.series.flatMap(({ name, steps, values }) =>
    steps.map((step, index) => ({ name, step, value: values[index] })),
  );
  return table(points, [
    { title: 'metric', value: (point) => point.name },
    { title: 'step', right: true, value: (point) => point.step },
    { title: 'value', right: true, value: (point) => formatNumber(point.value, 6) },
  ]);
}
