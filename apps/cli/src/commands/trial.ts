import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import {
  MetricSeriesList,
  TrialDetail,
  TrialLog,
  TrialPage,
  TrialSort,
  type TrialState,
  trialStates,
} from '@rankforge/contracts';
import { type Command, Option } from 'commander';
import { CommandError, exitCode } from '../exit-codes.js';
import { formatMiB, formatNumber } from '../output/format.js';
import { print } from '../output/print.js';
import { table } from '../output/table.js';
import { clientOf, optionsOf, wholeNumber } from './options.js';

interface ListOptions {
  sweep?: string;
  state?: TrialState;
  method?: string;
  sort: string;
  limit: number;
}

export function addTrialCommands(program: Command): void {
  const trial = program.command('trial').description('Look at trials');

  trial
    .command('list')
    .description('Trials, filtered and sorted')
    .option('--sweep <id>')
    .addOption(new Option('--state <state>').choices(trialStates))
    .option('--method <method>')
    .addOption(new Option('--sort <key>').choices(TrialSort.options).default('ordinal'))
    .option('--limit <n>', 'how many at most', wholeNumber, 100)
    .action(async (_: unknown, command: Command) => {
      const options = optionsOf<ListOptions>(command);
      const { sweep: sweepId, state, method, sort, limit } = options;
      const client = await clientOf(command);
      const page = await client.get('/v1/trials', TrialPage, { sweepId, state, method, sort, limit });
      print(options, page, () => trialTable(page));
    });

  trial
    .command('logs')
    .description('The end of the log of each attempt')
    .argument('<id>')
    .action(async (id: string, _: unknown, command: Command) => {
      const client = await clientOf(command);
      const log = await client.get(`/v1/trials/${encodeURIComponent(id)}/log`, TrialLog);
      print(optionsOf(command), log, () => log.lines.map((line) => `${line.attempt}  ${line.text}`).join('\n'));
    });

  trial
    .command('metrics')
    .description('Metric series of a trial')
    .argument('<id>')
    .option('--name <name...>', 'only these, such as train/loss')
    .option('--max-points <n>', 'longer series are down-sampled, keeping extremes', wholeNumber, 500)
    .action(async (id: string, _: unknown, command: Command) => {
      const options = optionsOf<{ name?: string[]; maxPoints: number }>(command);
      const client = await clientOf(command);
      const { name, maxPoints } = options;
      const list = await client.get(`/v1/trials/${encodeURIComponent(id)}/metrics`, MetricSeriesList, {
        name,
        maxPoints,
      });
      print(options, list, () => metricTable(list));
    });
}

export function addAdapterCommands(program: Command): void {
  const adapter = program.command('adapter').description('Trained adapters');

  adapter
    .command('download')
    .description('Write the adapter of a trial as safetensors')
    .argument('<trial>', 'id of the trial')
    .option('-o, --output <file>', 'where to (default: the name the API gives)')
    .action(async (id: string, _: unknown, command: Command) => {
      const options = optionsOf<{ output?: string }>(command);
      const client = await clientOf(command);
      const trial = await client.get(`/v1/trials/${encodeURIComponent(id)}`, TrialDetail);
      const artifact = trial.artifacts.find(({ kind }) => kind === 'adapter');
      if (!artifact) {
        throw new CommandError(`trial ${id} has no adapter (its state is ${trial.state})`, exitCode.refused);
      }
      const response = await client.request('GET', `/v1/artifacts/${artifact.id}`);
      const bytes = Buffer.from(await response.arrayBuffer());
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      if (sha256 !== artifact.sha256) {
        throw new CommandError(
          `the download is damaged: its SHA-256 is ${sha256}, not ${artifact.sha256}; try again`,
          exitCode.unreachable,
        );
      }
      const file = options.output ?? fileName(response.headers.get('content-disposition')) ?? `${id}.safetensors`;
      await writeFile(file, bytes);
      print(options, { file, ...artifact }, () => `${file}: ${bytes.length} bytes, SHA-256 ${sha256}`);
    });
}

/** The name in a Content-Disposition; only a plain one, never a path. */
function fileName(disposition: string | null): string | undefined {
  return /filename="([\w.-]+)"/.exec(disposition ?? '')?.[1];
}

function trialTable(page: TrialPage): string {
  const rows = table(page.items, [
    { title: 'id', value: (trial) => trial.id },
    { title: '#', right: true, value: (trial) => trial.ordinal },
    { title: 'kind', value: (trial) => trial.kind },
    { title: 'state', value: (trial) => trial.state },
    { title: 'method', value: (trial) => trial.method },
    { title: 'optimizer', value: (trial) => trial.optimizer },
    { title: 'rank', right: true, value: (trial) => trial.rank ?? '–' },
    { title: 'lr', right: true, value: (trial) => formatNumber(trial.learningRate, 2) },
    { title: 'seed', right: true, value: (trial) => trial.seed },
    { title: 'budget', right: true, value: (trial) => trial.memoryBudgetMiB },
    { title: 'step', right: true, value: (trial) => `${trial.step}/${trial.steps}` },
    { title: 'loss', right: true, value: (trial) => formatNumber(trial.loss) },
    { title: 'objective', right: true, value: (trial) => formatNumber(trial.objective) },
    { title: 'MiB', right: true, value: (trial) => formatMiB(trial.measuredBytes) },
    { title: 'reason', value: (trial) => trial.reason ?? '' },
  ]);
  return page.nextCursor ? `${rows}\n(there are more: --limit)` : rows;
}

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
