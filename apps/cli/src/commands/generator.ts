import {
  type CreateGenerator,
  GeneratorList,
  GeneratorView,
  generatorKindOf,
  type PromptTemplateName,
  priceOfGenerator,
  promptTemplates,
} from '@rankforge/contracts';
import { type Command, Option } from 'commander';
import { CommandError, exitCode, usage } from '../exit-codes.js';
import { print } from '../output/print.js';
import { table } from '../output/table.js';
import { anyNumber, clientOf, optionsOf, wholeNumber } from './options.js';

interface AddOptions {
  base?: string;
  adapter?: string;
  gguf?: string;
  context?: number;
  template?: PromptTemplateName;
  address?: string;
  model?: string;
  api?: 'chat' | 'completions';
  keyFrom?: string;
  priceRead?: number;
  priceWritten?: number;
}

export function addGeneratorCommands(program: Command): void {
  const generator = program
    .command('generator')
    .description('Manage the models that procedures of evaluations and recipes of fine-tunings ask');

  generator
    .command('list')
    .description('List generators')
    .action(async (_: unknown, command: Command) => {
      const list = await (await clientOf(command)).get('/v1/generators', GeneratorList);
      print(optionsOf(command), list, () => generatorTable(list.generators));
    });

  generator
    .command('add')
    .description(
      'Add a base model, a training, a GGUF file, or an OpenAI-compatible endpoint, which is asked for its models',
    )
    .argument('<name>', 'what sweeps call it')
    .option('--base <name>', 'a base model of this installation')
    .option('--adapter <trial>', 'a training of the project that succeeded, by its id: its base with its adapter')
    .option('--gguf <file>', 'a GGUF file of the models folder, which llama.cpp runs')
    .option('--context <tokens>', 'most tokens that a GGUF file reads and writes in all (default: 4096)', wholeNumber)
    .addOption(
      new Option(
        '--template <template>',
        'how a base, a training or a GGUF file reads prompts (default: model, its own chat template, or plain where it has none)',
      ).choices(promptTemplates),
    )
    .option('--address <address>', 'address of an endpoint, e.g. http://127.0.0.1:8000/v1')
    .option('--model <name>', 'the model of the endpoint')
    .addOption(new Option('--api <api>', 'what the endpoint is asked by').choices(['chat', 'completions']))
    .option('--key-from <variable>', 'variable of the environment of API and workers that holds its key')
    .option('--price-read <price>', 'what a million tokens of prompts cost, in a currency of yours', anyNumber)
    .option('--price-written <price>', 'what a million tokens that it writes cost', anyNumber)
    .action(async (name: string, _: unknown, command: Command) => {
      const given = optionsOf<AddOptions>(command);
      const body = requestOf(name, given);
      const made = await (await clientOf(command)).post('/v1/generators', GeneratorView, { body });
      print(given, made, () => generatorTable([made]));
    });

  generator
    .command('remove')
    .description('Remove a generator that no unfinished sweep asks')
    .argument('<name>', 'its name')
    .action(async (name: string, _: unknown, command: Command) => {
      const client = await clientOf(command);
      const { generators } = await client.get('/v1/generators', GeneratorList);
      const found = generators.find((each) => each.generator.name === name);
      if (!found) {
        const known = generators.map((each) => each.generator.name).join(', ') || 'none';
        throw new CommandError(`there is no generator ${name}; there are: ${known}`, exitCode.refused);
      }
      await client.remove('/v1/generators/{id}', { params: { path: { id: found.id } } });
      print(optionsOf(command), { removed: name }, () => `removed ${name}`);
    });
}

/** The request that the options of one kind of generator stand for. @throws CommandError saying what does not go together */
function requestOf(name: string, given: AddOptions): CreateGenerator {
  const {
    base,
    adapter: trial,
    gguf: file,
    context,
    template,
    address: url,
    model,
    api,
    keyFrom,
    priceRead,
    priceWritten,
  } = given;
  const ofEndpoint = [url, model, api, keyFrom, priceRead, priceWritten].some((option) => option !== undefined);
  const named = [base !== undefined, trial !== undefined, file !== undefined, ofEndpoint].filter(Boolean).length;
  if (named !== 1 || (ofEndpoint && (url === undefined || model === undefined || template !== undefined))) {
    throw usage('give either --base, --adapter or --gguf, which may have a --template, or --address with --model');
  }
  if (context !== undefined && file === undefined) {
    throw usage('--context is of a GGUF file: name one with --gguf, or leave it out');
  }
  if ((priceRead === undefined) !== (priceWritten === undefined)) {
    throw usage('give --price-read and --price-written together: what is read and what is written cost apart');
  }
  const asked = template && { template };
  if (base !== undefined) return { name, kind: 'base', base, ...asked };
  if (trial !== undefined) return { name, kind: 'adapter', trial, ...asked };
  if (file !== undefined) return { name, kind: 'gguf', file, ...asked, context: context ?? 4096 };
  return {
    ...{ name, kind: 'endpoint', url: url!, model: model!, api: api ?? 'chat' },
    ...(keyFrom !== undefined && { keyFrom }),
    ...(priceRead !== undefined && { price: { read: priceRead, written: priceWritten! } }),
  };
}

function generatorTable(generators: readonly GeneratorView[]): string {
  return table(generators, [
    { title: 'name', value: ({ generator }) => generator.name },
    { title: 'is', value: ({ generator }) => generatorKindOf(generator).model(generator) },
    { title: 'at', value: ({ generator }) => generatorKindOf(generator).place(generator) },
    { title: 'asked by', value: ({ generator }) => ('template' in generator ? generator.template : generator.api) },
    { title: 'digest', value: ({ generator }) => generator.sha256.slice(0, 12) },
    { title: 'price of a million', value: priceText },
    { title: 'reproducible', value: ({ reproducible }) => (reproducible ? 'yes' : 'no') },
  ]);
}

function priceText({ generator }: GeneratorView): string {
  const price = priceOfGenerator(generator);
  return price ? `${price.read} read, ${price.written} written` : '';
}
