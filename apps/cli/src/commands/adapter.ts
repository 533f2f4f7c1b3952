import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import {
  type AdapterFormat,
  adapterFormats,
  BoardWinner,
  type LeaderboardQuery,
  type Servability,
  SweepDetail,
  TrialDetail,
  winnerText,
} from '@rankforge/contracts';
import { type Command, Option } from 'commander';
import type { ApiClient } from '../api/client.js';
import { fileName, saveDownload } from '../api/save-download.js';
import { saveFolder } from '../api/save-folder.js';
import { CommandError, usage } from '../exit-codes.js';
import { print } from '../output/print.js';
import { addAdapterImportCommands } from './adapter-import.js';
import { clientOf, optionsOf, positiveNumber, wholeNumber } from './options.js';

interface DownloadOptions {
  format?: AdapterFormat;
  output?: string;
  ofSweep?: string;
  row?: number;
  by?: LeaderboardQuery['by'];
  budget?: number;
}

export function addAdapterCommands(program: Command): void {
  const adapter = program.command('adapter').description('Download, import and evaluate adapters');
  addAdapterImportCommands(adapter);

  adapter
    .command('download')
    .description('Write the adapter of a trial, or of the winner of a sweep')
    .argument('[trial]', 'id of the trial')
    .option(
      '--of-sweep <id>',
      'of the training that a row of the board of this sweep is of, by its best seed on validation',
    )
    .option('--row <n>', 'the row, as `leaderboard --sweep` numbers them (default: 1, the best)', wholeNumber)
    .addOption(new Option('--by <what>', 'what the rows are of (default: method)').choices(['method', 'configuration']))
    .option('--budget <MiB>', 'choose among configurations that fit this budget', positiveNumber)
    .addOption(
      new Option(
        '--format <format>',
        'our file, a folder for Python peft, or the merged model as a Hugging Face folder (default: the best that the method has, peft before merged before native)',
      ).choices(adapterFormats),
    )
    .option('-o, --output <path>', 'file, or folder, to write (default: the name the API gives)')
    .action(async (id: string | undefined, _: unknown, command: Command) => {
      const options = optionsOf<DownloadOptions>(command);
      const client = await clientOf(command);
      const { trial, why } = await trialFor(client, id, options);
      const format = options.format ?? trial.formats[0] ?? 'native';
      const written =
        format === 'native'
          ? await downloadFile(client, trial, options)
          : await downloadFolder(client, trial.id, { ...options, format }).catch((error: Error) => {
              throw namingFormats(error, trial, format);
            });
      const served = format === 'peft' && trial.servable ? [describeServing(trial.servable)] : [];
      const python = await loadingOf(written, trial);
      print(options, { trial: trial.id, ...written, servable: trial.servable }, () =>
        [...why, ...written.files.map(({ name, bytes }) => `${name}: ${bytes} bytes`), ...served, ...python].join('\n'),
      );
    });
}

/** The trial that was named, or the winner of a sweep and why it is that one. */
async function trialFor(client: ApiClient, id: string | undefined, { ofSweep, row, by, budget }: DownloadOptions) {
  if (ofSweep === undefined) {
    if (id === undefined) throw usage('name a trial, or --of-sweep <id> for the winner of a sweep');
    if ([row, by, budget].some((choice) => choice !== undefined))
      throw usage('--row, --by and --budget choose among rows of a sweep: name it with --of-sweep');
    return { trial: await trialOf(client, id), why: [] };
  }
  if (id !== undefined) throw usage(`trial ${id} and --of-sweep ${ofSweep}: name one of them`);
  const { task, base } = await client.get('/v1/sweeps/{id}', SweepDetail, { params: { path: { id: ofSweep } } });
  const query = { task, base, sweepId: ofSweep, row, by, memoryBudgetMiB: budget };
  const winner = await client.get('/v1/leaderboard/winner', BoardWinner, { params: { query } });
  const why = `row ${winner.row}, ${winnerText(winner)}, trial ${winner.trialId}`;
  return { trial: await trialOf(client, winner.trialId), why: [why] };
}

const trialOf = (client: ApiClient, id: string) =>
  client.get('/v1/trials/{id}', TrialDetail, { params: { path: { id } } });

/** How Python loads what was written: the code of the page in its folder, with the folder's name. A native file has no folder. */
async function loadingOf({ files }: Written, { formats }: TrialDetail): Promise<string[]> {
  const readme = files.find(({ name }) => basename(name) === 'README.md');
  if (readme === undefined) {
    const others = formats.filter((format) => format !== 'native');
    return others.length === 0 ? [] : [`Python reads it as ${others.join(' or ')}: --format ${others[0]}`];
  }
  const [, code] = /```python\n([\s\S]*?)\n```/.exec(await readFile(readme.name, 'utf8')) ?? [];
  if (code === undefined) return [];
  const folder = JSON.stringify(dirname(readme.name));
  return ['In Python:', '', code.replace('folder = "."', () => `folder = ${folder}`)];
}

function describeServing({ servable, reasons, maxLoraRank }: Servability): string {
  return servable
    ? `vLLM serves it: --enable-lora --max-lora-rank ${maxLoraRank}`
    : `vLLM does not serve it: ${reasons.join('; ')}`;
}

/** A refusal of a format that the adapter cannot leave in, with the command for the best that it can. */
function namingFormats(error: Error, { id, formats: [best, ...others] }: TrialDetail, asked: AdapterFormat): Error {
  const isPossible = best === undefined || [best, ...others].includes(asked);
  if (!(error instanceof CommandError) || isPossible) return error;
  const command = `rankforge adapter download ${id} --format ${best}`;
  return new CommandError(`${error.message}\nIt can be had by: ${command}`, error.status, { cause: error });
}

interface Written {
  files: { name: string; bytes: number; sha256?: string }[];
}

/** The file at the rank of the trial. Where its training serves several, the API sets the stored one to it, and no hash is known. */
async function downloadFile(client: ApiClient, trial: TrialDetail, { output }: DownloadOptions): Promise<Written> {
  const response = await client.download('/v1/trials/{id}/adapter', {
    params: { path: { id: trial.id }, query: { format: 'native' } },
  });
  const stored = trial.artifacts.findLast(({ kind }) => kind === 'adapter');
  const expected = trial.spec.trainedRank === undefined ? stored?.sha256 : undefined;
  const name = output ?? fileName(response) ?? `${trial.id}.safetensors`;
  return { files: [{ name, ...(await saveDownload(response, name, expected)) }] };
}

async function downloadFolder(
  client: ApiClient,
  id: string,
  { format, output }: Pick<DownloadOptions, 'format' | 'output'>,
): Promise<Written> {
  const response = await client.download('/v1/trials/{id}/adapter', { params: { path: { id }, query: { format } } });
  return { files: await saveFolder(response, output ?? fileName(response)?.replace(/\.tar$/, '') ?? id) };
}
