import { openAsBlob } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import {
  AdapterList,
  AdapterView,
  type CreateAdapter,
  type EngineName,
  engineNames,
  longestSweepName,
  parseJson,
  SweepDetail,
} from '@rankforge/contracts';
import { type Command, Option } from 'commander';
import type { ApiClient } from '../api/client.js';
import { CommandError, exitCode, usage } from '../exit-codes.js';
import { print } from '../output/print.js';
import { table } from '../output/table.js';
import { clientOf, optionsOf, wholeNumber } from './options.js';

const files = { config: 'adapter_config.json', weights: 'adapter_model.safetensors' };

export function addAdapterImportCommands(adapter: Command): void {
  adapter
    .command('import')
    .description('Import an adapter of Python peft, to evaluate it or to train it further')
    .argument('<dir>', `folder with ${files.config} and ${files.weights}`)
    .requiredOption('--base <base>', 'the base model it is of, by its name here')
    .option('--name <name>', 'what to call it (default: from the name of the folder)')
    .action(async (dir: string, _: unknown, command: Command) => {
      const { base, name, ...output } = optionsOf<{ base: string; name?: string; json?: boolean }>(command);
      const client = await clientOf(command);
      const form = await formOf(dir, { base, name: name ?? slugOf(dir) });
      const imported = await client.postForm('/v1/adapters', AdapterView, form);
      print(output, imported, () => importedText(imported));
    });

  adapter
    .command('list')
    .description('List imported adapters')
    .action(async (_: unknown, command: Command) => {
      const { items } = await (await clientOf(command)).get('/v1/adapters', AdapterList);
      print(optionsOf(command), items, () =>
        table(items, [
          { title: 'name', value: ({ name }) => name },
          { title: 'base', value: ({ base }) => base },
          { title: 'method', value: ({ method }) => method },
          { title: 'targets', value: ({ targets }) => targets.join(', ') },
          { title: 'bytes', right: true, value: ({ bytes }) => bytes },
        ]),
      );
    });

  adapter
    .command('evaluate')
    .description(
      'Submit the evaluation of imported adapters on a task: a trial without steps of each, which competes by its name',
    )
    .argument('<names...>', 'names of imported adapters, of one base model and on the same layers')
    .requiredOption('--task <task>', 'task whose examples are scored (required)')
    .option('--memory <MiB>', 'device memory a trial may take', wholeNumber, 4096)
    .addOption(new Option('--engine <name>', 'engine that computes (default: wasm)').choices(engineNames))
    .option('--sequence-length <n>', 'tokens of an example (default: as the task has it)', wholeNumber)
    .option('--batch-size <n>', 'examples that are scored at once (default: as the task has it)', wholeNumber)
    .action(async (names: string[], _: unknown, command: Command) => {
      const { task, memory, engine, sequenceLength, batchSize, ...output } = optionsOf<EvaluateOptions>(command);
      const client = await clientOf(command);
      const { items } = await client.get('/v1/adapters', AdapterList);
      const [first, ...others] = names.map((name) => findIn(items, name));
      for (const other of others) requireAlike(first!, other);
      const sweep = await client.post('/v1/sweeps', SweepDetail, {
        body: {
          name: nameOf(names, task),
          task,
          base: first!.base,
          ...(engine && { engine }),
          methods: [first!, ...others].map(({ method, name }) => ({ name: method, from: name })),
          memoryBudgetMiB: [memory],
          seed: [0],
          training: { steps: 0, warmupSteps: 0, targets: first!.targets, sequenceLength, batchSize },
        },
      });
      print(output, sweep, () => `sweep ${sweep.id}: rankforge sweep watch ${sweep.id}`);
    });

  adapter
    .command('delete')
    .description('Delete an imported adapter that no unfinished sweep starts from')
    .argument('<name>', 'name or id')
    .action(async (name: string, _: unknown, command: Command) => {
      const client = await clientOf(command);
      const found = await find(client, name);
      await client.remove('/v1/adapters/{id}', { params: { path: { id: found.id } } });
      print(optionsOf(command), found, () => `deleted ${found.name}`);
    });
}

interface EvaluateOptions {
  task: string;
  memory: number;
  engine?: EngineName;
  sequenceLength?: number;
  batchSize?: number;
  json?: boolean;
}

/** A name of the sweep that is no longer than one may be. */
function nameOf(names: readonly string[], task: string): string {
  const all = `${names.join(', ')} on ${task}`;
  return all.length <= longestSweepName ? all : `${names.length} adapters on ${task}`;
}

/** @throws CommandError where one sweep cannot evaluate both */
function requireAlike(one: AdapterView, other: AdapterView): void {
  const differs = (['base', 'targets'] as const).find((field) => asText(one[field]) !== asText(other[field]));
  if (differs === undefined) return;
  throw usage(
    `${one.name} and ${other.name}: their ${differs} are ${asText(one[differs])} and ${asText(other[differs])}, and one sweep has the same for all; ` +
      'evaluate them one after another: boards show both',
  );
}

const asText = (value: string | readonly string[]) => [value].flat().toSorted().join(', ');

async function find(client: ApiClient, name: string): Promise<AdapterView> {
  return findIn((await client.get('/v1/adapters', AdapterList)).items, name);
}

function findIn(items: readonly AdapterView[], name: string): AdapterView {
  const found = items.find((adapter) => adapter.name === name || adapter.id === name);
  if (found) return found;
  throw new CommandError(`there is no imported adapter ${name} (see adapter list)`, exitCode.refused);
}

async function formOf(dir: string, spec: Omit<CreateAdapter, 'config'>): Promise<FormData> {
  const form = new FormData();
  form.set('spec', JSON.stringify({ ...spec, config: await readConfig(join(dir, files.config)) }));
  const weights = join(dir, files.weights);
  try {
    form.set('file', await openAsBlob(weights), files.weights);
  } catch (cause) {
    throw new CommandError(`${weights} cannot be read: save the adapter as safetensors`, exitCode.usage, { cause });
  }
  return form;
}

async function readConfig(path: string): Promise<Record<string, unknown>> {
  try {
    return parseJson(await readFile(path, 'utf8')) as Record<string, unknown>;
  } catch (cause) {
    throw new CommandError(`${path} cannot be read: ${(cause as Error).message}`, exitCode.usage, { cause });
  }
}

const slugOf = (dir: string) =>
  basename(resolve(dir))
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');

function importedText({ name, base, method, targets }: AdapterView): string {
  const entry = JSON.stringify({ methods: [{ name: method, from: name }], training: { targets } });
  return [
    `${name}: ${method} on ${targets.join(', ')} of ${base}`,
    `evaluate it: rankforge adapter evaluate ${name} --task …`,
    `train it further: a sweep with ${entry}`,
  ].join('\n');
}
