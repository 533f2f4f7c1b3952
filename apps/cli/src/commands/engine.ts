import type { AddedRunner } from '@rankforge/contracts';
import type { Command } from 'commander';
import { addTensorflow } from '../engines/add.js';
import {
  type Addable,
  type Added,
  type AddedEngine,
  currentLlama,
  currentTensorflow,
  currentTorch,
  isCurrent,
  isCurrentTorch,
  outdated,
  readAdded,
  readAddedLlama,
  readAddedTorch,
  removeAdded,
} from '../engines/added.js';
import { addLlama } from '../engines/llama.js';
import { recipes } from '../engines/recipe.js';
import { addTorch } from '../engines/torch.js';
import { CommandError, exitCode } from '../exit-codes.js';
import { enginesFolder } from '../local/paths.js';
import { print, say } from '../output/print.js';
import { table } from '../output/table.js';
import { optionsOf } from './options.js';

const addHelp = `
Needs Linux on x64, g++ and Python 3 with pip (both are installed where that is allowed), and 1.5 GiB of disk while it is
made (9 GiB with --cuda). Where it is there and current, nothing is done. It lies in the data folder, so that no install of packages removes it. \`rankforge up\`
and \`rankforge worker\` run it from their next start, any other worker where RANKFORGE_ENGINES names it; a sweep asks for it with "engine": "tensorflow".

torch is transformers and Python peft in a virtual environment, by pinned releases of PyPI (Python 3.11 on Linux; --python takes
an interpreter of yours). It trains methods that Python peft has.

llama is llama.cpp by the npm package node-llama-cpp (MIT, 85 MB, Linux on x64). It trains nothing: generators that are GGUF
files run on it.`;

interface AddingOptions {
  cuda?: boolean;
  again?: boolean;
  python?: string;
}

interface Addition {
  added: Added;
  text: string;
}

/** Adds one that is not there as this version makes it, and says so. */
const adders: Readonly<Record<Addable, (options: AddingOptions) => Promise<Addition>>> = {
  tensorflow: async ({ cuda, again, python }) => {
    refusePython(python);
    const [folder, recipe] = [enginesFolder(), recipes[cuda ? 'cuda' : 'cpu']];
    const there = again ? undefined : await currentTensorflow(folder, recipe);
    if (there) return { added: there, text: thereText(there, there.variant) };
    const added = await addTensorflow({ folder, recipe, onProgress: say });
    return { added, text: addedText(added) };
  },
  llama: async ({ cuda, again, python }) => {
    refusePython(python);
    if (cuda) throw new CommandError('--cuda is for tensorflow and torch: llama runs on the processor', exitCode.usage);
    const folder = enginesFolder();
    const there = again ? undefined : await currentLlama(folder);
    if (there) return { added: there, text: thereText(there) };
    const added = await addLlama({ folder, onProgress: say });
    return { added, text: `llama is ready: ${added.releases.join(', ')}` };
  },
  torch: async ({ cuda = false, again, python }) => {
    const folder = enginesFolder();
    const there = again || python !== undefined ? undefined : await currentTorch(folder);
    if (there) return { added: there, text: thereText(there) };
    const added = await addTorch({ folder, cuda, python, onProgress: say });
    return { added, text: torchText(added) };
  },
};

/** @throws CommandError for an engine that runs in no Python */
function refusePython(python: string | undefined): void {
  if (python !== undefined) throw new CommandError('--python is for torch alone', exitCode.usage);
}

const thereText = ({ name, releases, addedAt }: Added, variant?: string) =>
  `engine ${variant ? `${name} (${variant})` : name} is there and current: ${releases.join(', ')}, added ${addedAt.slice(0, 10)}
--again makes it anew`;

export function addEngineCommands(program: Command): void {
  const engine = program.command('engine').description('Add faster engines to this installation, and list them');

  engine
    .command('list')
    .description('List the engines of this installation')
    .action(async (_: unknown, command: Command) => {
      const folder = enginesFolder();
      const [tensorflow, torch, llama] = [
        await readAdded(folder),
        await readAddedTorch(folder),
        await readAddedLlama(folder),
      ];
      const engines = [
        { name: 'wasm', added: null, state: 'built in', faster: '' },
        {
          name: 'tensorflow',
          added: tensorflow ?? null,
          state: stateOf(tensorflow),
          faster: tensorflow ? speedUp(tensorflow) : '',
        },
        {
          name: 'torch',
          added: torch ?? null,
          state: torch
            ? isCurrentTorch(folder)
              ? `${torch.proof.device}, ${torch.python}`
              : outdated
            : absent('torch'),
          faster: torch ? speedUp(torch) : '',
        },
        {
          name: 'llama',
          added: llama ?? null,
          state: llama ? `${llama.releases.join(', ')}; for generators` : absent('llama'),
          faster: '',
        },
      ];
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
    .argument('<name>', 'tensorflow, torch or llama')
    .option('--cuda', "for NVIDIA GPUs; of torch NVIDIA's libraries, while trials run on the cores")
    .option('--python <path>', 'of torch: an interpreter that has the packages, in place of an environment of its own')
    .option('--again', 'make it anew where it is there and current')
    .addHelpText('after', addHelp)
    .action(async (name: string, _: unknown, command: Command) => {
      const options = optionsOf<AddingOptions>(command);
      const { added, text } = await adders[known(name)](options);
      print(options, added, () => text);
    });

  engine
    .command('remove')
    .description('Remove an engine that was added')
    .argument('<name>', 'tensorflow, torch or llama')
    .action(async (name: string, _: unknown, command: Command) => {
      const removed = await removeAdded(enginesFolder(), known(name));
      print(optionsOf(command), { removed }, () => (removed ? `${name} is removed` : `${name} was not there`));
    });
}

/** @throws CommandError for an engine that is not added by this command */
function known(name: string): Addable {
  if (Object.hasOwn(adders, name)) return name as Addable;
  const names = Object.keys(adders).join(', ');
  throw new CommandError(`there is no engine ${name} to add or remove; there are ${names}`, exitCode.usage);
}

const absent = (name: Addable) => `absent: rankforge engine add ${name}`;

function stateOf(tensorflow: AddedEngine | undefined): string {
  if (!tensorflow) return absent('tensorflow');
  return isCurrent(enginesFolder()) ? `${tensorflow.variant}, ${tensorflow.proof.device}` : outdated;
}

const speedUp = ({ proof }: { proof: Pick<AddedRunner['proof'], 'stepMs' | 'wasmStepMs'> }) =>
  `${(proof.wasmStepMs / proof.stepMs).toFixed(1)} ×`;

function torchText({ python, releases, proof }: AddedRunner): string {
  const { firstLossDifference, lossDifference, scoreDifference } = proof;
  return [
    `engine torch is ready: ${releases.join(', ')}, by ${python}`,
    `losses of 12 steps differ from wasm's by ${lossDifference.toExponential(1)} of their size at most, the first by ${firstLossDifference.toExponential(1)}`,
    `its adapter has the same validation score here, to ${scoreDifference.toExponential(1)}`,
    `a step takes ${proof.stepMs.toFixed(0)} ms, on wasm ${proof.wasmStepMs.toFixed(0)} ms: ${speedUp({ proof })}`,
  ].join('\n');
}

function addedText(added: AddedEngine): string {
  const { device, lossDifference, measuredBytes, predictedBytes, stepMs, wasmStepMs } = added.proof;
  return [
    `engine ${added.name} (${added.variant}) is ready: ${device}`,
    `losses of 12 steps differ from wasm's by ${lossDifference.toExponential(1)} of their size at most`,
    `peak ${measuredBytes} bytes, predicted ${predictedBytes}`,
    `a step takes ${stepMs.toFixed(0)} ms, on wasm ${wasmStepMs.toFixed(0)} ms: ${speedUp(added)}`,
  ].join('\n');
}
