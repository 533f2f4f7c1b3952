import type { Command } from 'commander';
import { type AddableEngine, addableEngines, type EngineOptions, speedUp } from '../engines/addable.js';
import { type Added, removeAdded } from '../engines/added.js';
import { CommandError, exitCode } from '../exit-codes.js';
import { enginesFolder } from '../local/paths.js';
import { print, say } from '../output/print.js';
import { table } from '../output/table.js';
import { optionsOf } from './options.js';

const addHelp = `
Needs Linux on x64, g++ and Python 3 with pip (both are installed where that is allowed), and 1.5 GiB of disk while it is
made (9 GiB with --cuda). Where it is there and current, nothing is done. It lies in the data folder, so that no install of packages removes it. \`rankforge up\`
and \`rankforge worker\` run it from their next start, any other worker where RANKFORGE_ENGINES names it; a sweep asks for it with "engine": "tensorflow".

torch is torch, transformers and Python peft, and trains methods that peft has, on the cores. It needs Python 3.11 on Linux with x64 and
5.2 GB of disk, as torch's wheel does not open without the libraries of NVIDIA; with --python it runs by an interpreter of yours.
With --cuda its torch must be built for CUDA, find a card and prove itself there; trials compute on the cores all the same.

llama is llama.cpp by the npm package node-llama-cpp (MIT, 85 MB, Linux on x64). It trains nothing: generators that are GGUF
files run on it.`;

interface AddingOptions extends EngineOptions {
  again?: boolean;
}

const names = addableEngines.map(({ name }) => name).join(', ');

export function addEngineCommands(program: Command): void {
  const engine = program.command('engine').description('Add faster engines to this installation, and list them');

  engine
    .command('list')
    .description('List the engines of this installation')
    .action(async (_: unknown, command: Command) => {
      const folder = enginesFolder();
      const builtIn = { name: 'wasm', added: null, state: 'built in', faster: '' };
      const engines = [builtIn, ...(await Promise.all(addableEngines.map((engine) => lineOf(engine, folder))))];
      print(optionsOf(command), { engines: engines.map(({ name, added }) => ({ name, added })) }, () =>
        table(engines, [
          { title: 'engine', value: ({ name }) => name },
          { title: 'state', value: ({ state }) => state },
          { title: 'against wasm', right: true, value: ({ faster }) => faster },
        ]),
      );
    });

  engine
    .command('add')
    .description(
      'Fetch an engine; tensorflow is compiled, and proves itself by a training whose numbers must be those of wasm',
    )
    .argument('<name>', names)
    .option('--cuda', 'of tensorflow: for NVIDIA GPUs; of torch: it must prove itself on one')
    .option('--python <path>', 'of torch: an interpreter that has the packages, in place of an environment of its own')
    .option('--again', 'make it anew where it is there and current')
    .addHelpText('after', addHelp)
    .action(async (name: string, _: unknown, command: Command) => {
      const { again, cuda, python, ...options } = optionsOf<AddingOptions>(command);
      const engine = known(name);
      const asked = { ...(cuda && { cuda }), ...(python !== undefined && { python }) };
      refuseForeign(engine, asked);
      const folder = enginesFolder();
      const there = again ? undefined : await engine.there(folder, asked);
      const added = there ?? (await engine.add({ ...asked, folder, onProgress: say }));
      print(options, added, () => (there ? thereText(engine, there) : engine.told(added).join('\n')));
    });

  engine
    .command('remove')
    .description('Remove an engine that was added')
    .argument('<name>', names)
    .action(async (name: string, _: unknown, command: Command) => {
      const removed = await removeAdded(enginesFolder(), known(name).name);
      print(optionsOf(command), { removed }, () => (removed ? `${name} is removed` : `${name} was not there`));
    });
}

async function lineOf(engine: AddableEngine, folder: string) {
  const { name } = engine;
  const added = await engine.read(folder);
  if (!added) return { name, added: null, state: `absent: rankforge engine add ${name}`, faster: '' };
  const speed = engine.speed?.(added);
  const state = engine.fault(folder, added) ?? engine.shown(added);
  return { name, added, state, faster: speed ? speedUp(speed) : '' };
}

/** @throws CommandError for an engine that is not added by this command */
function known(name: string): AddableEngine {
  const engine = addableEngines.find((each) => each.name === name);
  if (engine) return engine;
  throw new CommandError(`there is no engine ${name} to add or remove; there are ${names}`, exitCode.usage);
}

/** @throws CommandError for an option that other engines take */
function refuseForeign({ name, takes }: AddableEngine, asked: EngineOptions): void {
  for (const option of Object.keys(asked) as (keyof EngineOptions)[]) {
    if (takes.includes(option)) continue;
    const others = addableEngines.filter((engine) => engine.takes.includes(option)).map((engine) => engine.name);
    throw new CommandError(`--${option} is for ${others.join(', ')}, and not for ${name}`, exitCode.usage);
  }
}

const thereText = (engine: AddableEngine, added: Added) =>
  `engine ${engine.variant ? `${engine.name} (${engine.variant(added)})` : engine.name} is there and current: ${added.releases.join(', ')}, added ${added.addedAt.slice(0, 10)}
--again makes it anew`;
