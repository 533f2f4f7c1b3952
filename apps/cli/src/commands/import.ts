import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { PeftResult } from '@rankforge/client';
import {
  JsonError,
  PeftExperimentSweeps,
  type PublishedResult,
  PublishedResult as PublishedResultSchema,
  parseJson,
  SweepDetail,
} from '@rankforge/contracts';
import type { Command } from 'commander';
import type { ApiClient } from '../api/client.js';
import { CommandError, exitCode } from '../exit-codes.js';
import { experimentOf, notTakenOver } from '../local/tool-experiment.js';
import { fromFile } from '../local/tool-file.js';
import { print, say } from '../output/print.js';
import { flowerTable } from '../published/flower-table.js';
import { addImportRunsCommands } from './import-runs.js';
import { clientOf, optionsOf, positiveNumbers, wholeNumber, wholeNumbers } from './options.js';

export function addImportCommands(program: Command): void {
  const group = program.command('import').description('Import what was trained elsewhere, or published by others');
  addImportRunsCommands(group);

  group
    .command('peft-results')
    .description('Put the result files (*.json) of peft’s method comparison on a board of their own')
    .argument('<dir>', 'folder of the result files')
    .action(async (dir: string, _: unknown, command: Command) => {
      const client = await clientOf(command);
      const imported: Imported[] = [];
      for (const file of await resultFiles(dir)) imported.push(await importResult(client, dir, file));
      print(optionsOf(command), imported, () => describeResults(imported));
      if (imported.some((one) => 'refused' in one)) process.exitCode = exitCode.refused;
    });

  group
    .command('flower-leaderboard')
    .description('Put a table of a FlowerTune leaderboard, in Markdown or JSON, on a board of its own')
    .argument('<file>', 'the table')
    .action(async (file: string, _: unknown, command: Command) => {
      const client = await clientOf(command);
      const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
        throw new CommandError(`${file} cannot be read (${cause.code})`, exitCode.usage, { cause });
      });
      const result = await client.post('/v1/published-results/flowertune', PublishedResultSchema, {
        body: flowerTable(text, file),
      });
      print(optionsOf(command), result, () =>
        [`${result.name} on the board${result.known ? ', known already' : ''}`, boardCommand(result)].join('\n'),
      );
    });

  group
    .command('peft-experiments')
    .description(
      'Make sweeps from experiments/METHOD/NAME/{adapter_config,training_params}.json, and list what cannot run',
    )
    .argument('<dir>', 'the folder `experiments`, or a configuration of axolotl, LLaMA-Factory or TRL')
    .requiredOption('--task <task>', 'task to run them on')
    .requiredOption('--base <base>', 'base model to adapt')
    .requiredOption('--budget <MiB...>', 'device memory a trial may take', positiveNumbers)
    .option('--seed <n...>', 'seeds (default: 0 1 2)', wholeNumbers)
    .option('--steps <n>', 'steps, instead of what the experiments say', wholeNumber)
    .option('--batch-size <n>', 'batch size, instead of what the experiments say', wholeNumber)
    .option('--submit', 'start the sweeps; without it they are written to files')
    .option('--out <dir>', 'folder to write them to', '.')
    .action(async (dir: string, _: unknown, command: Command) => {
      const options = optionsOf<ExperimentOptions>(command);
      const client = await clientOf(command);
      const from = (await isFile(dir)) ? await fromFile(dir) : undefined;
      const { sweeps, refused } = await client.post('/v1/peft-experiments', PeftExperimentSweeps, {
        body: {
          name: `peft ${basename(dir)}`,
          task: options.task,
          base: options.base,
          memoryBudgetMiB: options.budget,
          ...(options.seed ? { seed: options.seed } : {}),
          training: {
            ...(from?.training.warmupSteps === undefined ? {} : { warmupSteps: from.training.warmupSteps }),
            ...(options.steps === undefined ? {} : { steps: options.steps }),
            ...(options.batchSize === undefined ? {} : { batchSize: options.batchSize }),
          },
          experiments: from ? [experimentOf(from, options.steps)] : await readExperiments(dir),
        },
      });
      for (const left of from ? notTakenOver(from) : []) say(`${dir}: ${left}`);
      const made: string[] = [];
      for (const [index, sweep] of sweeps.entries()) {
        if (options.submit) {
          const { id, name } = await client.post('/v1/sweeps', SweepDetail, { body: sweep });
          // Should a later one be refused, this one runs.
          say(`made ${id}  ${name}`);
          made.push(id);
        } else made.push(await write(options.out, index, sweep));
      }
      print(options, { sweeps: made, refused }, () => describeSweeps(made, sweeps, refused));
    });
}

type Imported = { file: string } & ({ result: PublishedResult } | { refused: string });

interface ExperimentOptions {
  task: string;
  base: string;
  budget: number[];
  seed?: number[];
  steps?: number;
  batchSize?: number;
  submit?: boolean;
  out: string;
}

async function resultFiles(dir: string): Promise<string[]> {
  const files = (await entries(dir)).filter((name) => name.endsWith('.json'));
  if (files.length === 0) throw new CommandError(`${dir} holds no *.json`, exitCode.usage);
  return files;
}

async function entries(dir: string): Promise<string[]> {
  const names = await readdir(dir).catch((cause: NodeJS.ErrnoException) => {
    throw new CommandError(`${dir} cannot be read (${cause.code})`, exitCode.usage, { cause });
  });
  return names.sort();
}

/** A file that is refused does not stop the others. */
async function importResult(client: ApiClient, dir: string, file: string): Promise<Imported> {
  try {
    const text = await readFile(join(dir, file), 'utf8');
    return {
      file,
      result: await client.post('/v1/published-results', PublishedResultSchema, {
        body: parseJson(text) as PeftResult,
      }),
    };
  } catch (error) {
    if (error instanceof JsonError) return { file, refused: error.message };
    if (error instanceof CommandError && error.status === exitCode.refused) return { file, refused: error.message };
    throw error;
  }
}

const isFile = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined))?.isFile() ?? false;

/** Every METHOD/NAME below `dir` that holds at least one of the two files. */
async function readExperiments(dir: string) {
  const names = (
    await Promise.all(
      (
        await entries(dir)
      ).map(async (method) => {
        const own = await readdir(join(dir, method)).catch(() => []);
        return own.sort().map((name) => `${method}/${name}`);
      }),
    )
  ).flat();
  const experiments = await Promise.all(
    names.map(async (name) => {
      const adapterConfig = await readJson(join(dir, name, 'adapter_config.json'));
      const trainingParams = await readJson(join(dir, name, 'training_params.json'));
      const found = adapterConfig !== undefined || trainingParams !== undefined;
      return found ? [{ name, adapterConfig: adapterConfig ?? null, trainingParams: trainingParams ?? {} }] : [];
    }),
  );
  if (experiments.flat().length === 0) {
    throw new CommandError(`${dir} holds no METHOD/NAME/adapter_config.json or training_params.json`, exitCode.usage);
  }
  return experiments.flat();
}

/** Undefined where there is no such file. */
async function readJson(file: string): Promise<Record<string, unknown> | undefined> {
  try {
    return parseJson(await readFile(file, 'utf8')) as Record<string, unknown>;
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw new CommandError(`${file} cannot be read: ${(cause as Error).message}`, exitCode.usage, { cause });
  }
}

async function write(dir: string, index: number, sweep: object): Promise<string> {
  const file = join(dir, `peft-experiments-${index + 1}.json`);
  try {
    await mkdir(dir, { recursive: true });
    await writeFile(file, `${JSON.stringify(sweep, null, 2)}\n`, { flag: 'wx' });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why = code === 'EEXIST' ? 'is there already' : `cannot be written (${code})`;
    throw new CommandError(`${file} ${why}: name another folder with --out`, exitCode.usage, { cause });
  }
  return file;
}

const boardCommand = ({ task, base }: PublishedResult) => `rankforge leaderboard --task ${task} --base ${base}`;

function describeResults(imported: readonly Imported[]): string {
  const results = imported.flatMap((one) => ('result' in one ? [one.result] : []));
  const known = results.filter((result) => result.known).length;
  const boards = new Set(results.map(boardCommand));
  return [
    ...imported.flatMap((one) => ('refused' in one ? [`${one.file}: ${one.refused}`] : [])),
    `${results.length} of ${imported.length} files on the board${known ? `, ${known} of them known already` : ''}`,
    ...boards,
  ].join('\n');
}

function describeSweeps(
  made: readonly string[],
  sweeps: PeftExperimentSweeps['sweeps'],
  refused: PeftExperimentSweeps['refused'],
): string {
  return [
    ...refused.map(({ name, reason }) => `${name}: ${reason}`),
    ...sweeps.map(({ methods, training }, index) => {
      const on = training.targets?.join(', ');
      return `${made[index]}  ${methods.length} configurations, ${training.steps} steps, on ${on}`;
    }),
  ].join('\n');
}
