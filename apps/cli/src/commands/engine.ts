import type { Command } from 'commander';
import { addTensorflow } from '../engines/add.js';
import { type AddedEngine, readAdded, removeAdded } from '../engines/added.js';
import { recipes } from '../engines/recipe.js';
import { CommandError, exitCode } from '../exit-codes.js';
import { enginesFolder } from '../local/paths.js';
import { print, say } from '../output/print.js';
import { table } from '../output/table.js';
import { optionsOf } from './options.js';

const addHelp = `
Needs Linux on x64, g++ and Python 3 with pip (both are installed where that is allowed), and 1.5 GiB of disk while it is
made (9 GiB with --cuda). It lies in the data folder, so that no install of packages removes it. A worker that is started
afterwards runs it where RANKFORGE_ENGINES names it; a sweep asks for it with "engine": "tensorflow".`;

export function addEngineCommands(program: Command): void {
  const engine = program.command('engine').description('Add faster engines to this installation, and list them');

  engine
    .command('list')
    .description('List the engines of this installation')
    .action(async (_: unknown, command: Command) => {
      const added = await readAdded(enginesFolder());
      const engines = [
        { name: 'wasm' as const, added: null },
        { name: 'tensorflow' as const, added: added ?? null },
      ];
      print(optionsOf(command), { engines }, () =>
        table(engines, [
          { title: 'engine', value: ({ name }) => name },
          { title: 'state', value: ({ name, added }) => stateOf(name, added) },
          { title: 'against wasm', right: true, value: ({ added }) => (added ? speedUp(added) : '') },
        ]),
      );
    });

  engine
    .command('add')
    .description('Fetch and compile an engine, and prove it by a training whose numbers must be those of wasm')
    .argument('<name>', 'tensorflow')
    .option('--cuda', 'for NVIDIA GPUs')
    .addHelpText('after', addHelp)
    .action(async (name: string, _: unknown, command: Command) => {
      known(name);
      const options = optionsOf<{ cuda?: boolean }>(command);
      const recipe = recipes[options.cuda ? 'cuda' : 'cpu'];
      const added = await addTensorflow({ folder: enginesFolder(), recipe, onProgress: say });
      print(options, added, () => addedText(added));
    });

  engine
    .command('remove')
    .description('Remove an engine that was added')
    .argument('<name>', 'tensorflow')
    .action(async (name: string, _: unknown, command: Command) => {
      known(name);
      const removed = await removeAdded(enginesFolder());
      print(optionsOf(command), { removed }, () => (removed ? `${name} is removed` : `${name} was not there`));
    });
}

/** @throws CommandError for an engine that is not added by this command */
function known(name: string): void {
  if (name !== 'tensorflow') {
    throw new CommandError(`there is no engine ${name} to add or remove; there is tensorflow`, exitCode.usage);
  }
}

function stateOf(name: 'wasm' | 'tensorflow', added: AddedEngine | null): string {
  if (name === 'wasm') return 'built in';
  return added ? `${added.variant}, ${added.proof.device}` : 'absent: rankforge engine add tensorflow';
}

const speedUp = ({ proof }: AddedEngine) => `${(proof.wasmStepMs / proof.stepMs).toFixed(1)} ×`;

function addedText(added: AddedEngine): string {
  const { device, lossDifference, measuredBytes, predictedBytes, stepMs, wasmStepMs } = added.proof;
  return [
    `engine ${added.name} (${added.variant}) is ready: ${device}`,
    `losses of 12 steps differ from wasm's by ${lossDifference.toExponential(1)} of their size at most`,
    `peak ${measuredBytes} bytes, predicted ${predictedBytes}`,
    `a step takes ${stepMs.toFixed(0)} ms, on wasm ${wasmStepMs.toFixed(0)} ms: ${speedUp(added)}`,
  ].join('\n');
}
