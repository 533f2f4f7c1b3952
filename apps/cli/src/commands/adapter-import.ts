import { openAsBlob } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { AdapterList, AdapterView, type CreateAdapter, SweepDetail } from '@rankforge/contracts';
import type { Command } from 'commander';
import type { ApiClient } from '../api/client.js';
import { CommandError, exitCode } from '../exit-codes.js';
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
    .description('Submit the evaluation of an imported adapter on a task: a trial without steps')
    .argument('<name>', 'name of the imported adapter')
    .requiredOption('--task <task>', 'task whose examples are scored (required)')
    .option('--memory <MiB>', 'device memory the trial may take', wholeNumber, 4096)
    .action(async (name: string, _: unknown, command: Command) => {
      const { task, memory, ...output } = optionsOf<{ task: string; memory: number; json?: boolean }>(command);
      const client = await clientOf(command);
      const found = await find(client, name);
      const sweep = await client.post('/v1/sweeps', SweepDetail, {
        body: {
          name: `${name} on ${task}`,
          task,
          base: found.base,
          methods: [{ name: found.method, from: name }],
          memoryBudgetMiB: [memory],
          seed: [0],
          training: { steps: 0, warmupSteps: 0, targets: found.targets },
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

async function find(client: ApiClient, name: string): Promise<AdapterView> {
  const { items } = await client.get('/v1/adapters', AdapterList);
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
    return JSON.parse(await readFile(path, 'utf8'));
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
