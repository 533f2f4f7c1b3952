/** @file `rankforge estimate`: what trainings would hold, from shapes alone. It asks no API and reads no weights. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  attentions,
  baseDtypes,
  byteSizeForm,
  bytesOfSize,
  cards,
  checkpointings,
  computeDtypes,
  predictedEngines,
  publishedConfig,
  torchSetup,
} from '@rankforge/contracts/estimates';
import type {
  Attention,
  BaseDtype,
  CardOffer,
  Checkpointing,
  ComputeDtype,
  EngineName,
  EstimateAnswer,
  EstimateRow,
  ModelConfig,
  Refused,
  RefusedField,
  TorchSetup,
} from '@rankforge/peft';
import type { ToolAsked } from '@rankforge/peft/estimate';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { hubRefusals, refuseRevision } from '../bases/refusals.js';
import { CommandError, exitCode, usage } from '../exit-codes.js';
import { readPrices } from '../local/card-prices.js';
import { cacheFolder, modelsFolder } from '../local/paths.js';
import { askedIn, type FromFile, fromFile } from '../local/tool-file.js';
import { formatCount, formatMiB } from '../output/format.js';
import { print, say } from '../output/print.js';
import { table } from '../output/table.js';
import { optionsOf } from './options.js';

interface Flags {
  method?: string[];
  rank?: number[];
  targets: string[];
  optimizer: string;
  engine?: EngineName;
  profile: 'rankforge' | 'torch';
  dtype?: BaseDtype;
  checkpointing?: Checkpointing;
  computeDtype?: ComputeDtype;
  autocast?: boolean;
  prepared?: boolean;
  doubleQuantization?: boolean;
  attention?: TorchSetup['attention'] | Attention;
  padded?: boolean;
  adapters?: TorchSetup['adapters'];
  logits?: TorchSetup['logits'];
  loss?: TorchSetup['loss'];
  update?: TorchSetup['update'];
  batch: number;
  sequence?: number;
  classes?: number;
  vocabulary?: number;
  revision?: string;
  budget?: number;
  gpu?: string;
  prices?: string;
  gpus?: number;
  shard?: TorchSetup['shard'];
  accumulate?: number;
  examples?: number;
  from?: string;
  /** Settings of the method that a file names. */
  configs?: Readonly<Record<string, object>>;
  dropout?: number;
}

/** The targets of a training where nothing else is asked for, as in the options of a sweep. */
const defaultTargets = ['query', 'value'];

type Library = typeof import('@rankforge/cli/estimate-library');

const help = `
Takes a published model whose shapes it knows, such as meta-llama/Llama-3.1-8B, or reads config.json alone: of a folder in the format of Hugging Face,
of a base model in RANKFORGE_MODELS_DIR, or of any other model on a hub, which --revision asks for too (HF_TOKEN, HF_ENDPOINT and RANKFORGE_HUB=off as for base add; the copy in the cache of RANKFORGE_HOME is used
where the hub is away). Or takes one of the shapes nano, micro and small with --vocabulary. Bytes are those that a training by this platform holds at its peak: all
numbers but those of a base in another --dtype are float32; with --profile torch, those that transformers and peft allocate on CUDA. With --budget or --gpu each row says whether it fits, and the largest rank, batch and sequence that would while
all else stays. Without either, torch says the cards that hold a row: those with a price in --prices first, the cheapest before, then the smallest.`;

/** Folders that the command looks into beside those that are named. */
export interface EstimateFolders {
  /** Copies of what a hub answered. */
  cache(): string;
  /** Base models, which a name stands for; undefined where there are none. */
  models(): string | undefined;
}

export function addEstimateCommand(program: Command): void {
  makeEstimates(program.command('estimate'), { cache: cacheFolder, models: modelsFolder });
}

/** Lets a command make estimates: that of the command line, or a program of its own. */
export function makeEstimates(command: Command, folders: EstimateFolders): Command {
  return command
    .description('Predict the memory of trainings from the shapes of a model; needs no server and no weights')
    .argument('[model]', 'a folder with config.json, a base model, an id of a hub, or nano, micro or small')
    .option(
      '--from <file>',
      'torch: a configuration of axolotl, LLaMA-Factory, TRL or peft, in YAML or JSON; options say otherwise',
    )
    .option('--method <names...>', 'methods (default: all that fine-tune)', listed)
    .option('--rank <ranks...>', 'ranks (default: that of each method)', ranksIn)
    .option('--targets <names...>', 'layers that carry an adapter', listed, defaultTargets)
    .option('--optimizer <name>', 'optimizer', 'adamw')
    .addOption(new Option('--engine <name>', 'engine that computes (default: wasm)').choices(predictedEngines))
    .addOption(new Option('--profile <name>', 'whose bytes').choices(['rankforge', 'torch']).default('rankforge'))
    .addOption(
      new Option('--dtype <name>', 'kernels of the base (default: float32; in torch bfloat16)').choices(baseDtypes),
    )
    .addOption(
      new Option('--compute-dtype <name>', 'products with the frozen base (default: float32)').choices(computeDtypes),
    )
    .addOption(
      new Option(
        '--checkpointing <kind>',
        'what is run again (default: none; block where torch prepares a quantized base)',
      ).choices(checkpointings),
    )
    .addOption(
      new Option('--adapters <type>', 'torch: their type (default: float32, as peft)').choices(torchSetup.adapters),
    )
    .option('--no-prepared', 'torch: prepare_model_for_kbit_training is not called on a base in int8 or nf4')
    .option('--no-double-quantization', 'torch: scales of nf4 stay float32')
    .option('--autocast', 'torch: torch.autocast to bfloat16 (default: where the base is prepared)')
    .option('--no-autocast', 'torch: no torch.autocast')
    .addOption(
      new Option(
        '--attention <name>',
        'whole or chunked (default: chunked above 512 tokens); in torch sdpa, eager or flash (default: sdpa)',
      ).choices([...attentions, ...torchSetup.attention]),
    )
    .option('--no-padded', 'torch: batches are not padded, and attention has no mask')
    .addOption(new Option('--logits <type>', 'torch: type of the loss (default: float32)').choices(torchSetup.logits))
    .addOption(
      new Option('--loss <way>', 'torch: from all logits, or fused by Liger (default: whole)').choices(torchSetup.loss),
    )
    .addOption(
      new Option('--update <way>', 'torch: how the optimizer runs (default: foreach)').choices(torchSetup.update),
    )
    .option('--batch <examples>', 'examples of a forward pass', countOf, 1)
    .option('--sequence <tokens>', 'tokens of an example (default: 512, or what the model takes)', countOf)
    .option(
      '--classes <number>',
      'outputs of a head to be trained (default: none where the next token is predicted, else 2)',
      countOf,
    )
    .option('--vocabulary <tokens>', 'tokens that a shape such as nano knows', countOf)
    .option('--revision <revision>', 'branch, tag or commit on the hub (default: main)')
    .option('--budget <size>', 'memory that is to suffice, e.g. 24GiB', bytesOf)
    .option('--gpu <card>', `torch: a card whose memory is to suffice: ${cards.map(({ name }) => name).join(', ')}`)
    .option('--gpus <cards>', 'torch: cards that train together, each with a batch of its own (default: 1)', countOf)
    .addOption(
      new Option('--shard <way>', 'torch: how several cards part what they hold (default: ddp)').choices(
        torchSetup.shard,
      ),
    )
    .option('--accumulate <passes>', 'forward passes of one optimizer step (default: 1)', countOf)
    .option('--examples <number>', 'examples of an epoch, for the time of one on --gpu', countOf)
    .option('--prices <file>', 'torch: JSON with the price of an hour of a card by its name')
    .addHelpText('after', help)
    .action(async (named: string | undefined, _: unknown, command: Command) => {
      const given = optionsOf<Flags>(command);
      const from = given.from === undefined ? undefined : await fromFile(given.from);
      const source = named ?? from?.training.base;
      if (source === undefined)
        throw usage(
          from ? `${from.file} names no base model: name one before --from` : 'name a model, or a file by --from',
        );
      // Loaded when it is needed: it brings the library of methods with it.
      const library = await import('@rankforge/cli/estimate-library');
      const model = await modelOf(library, source, given, folders);
      const flags = from ? flagsOf(command, from, askedIn(library, model, from, isGiven(command))) : given;
      const prices = flags.prices === undefined ? undefined : await readPrices(flags.prices);
      const estimate = answer(library, model, { ...flags, offer: { cards, prices } });
      const { rows, refused } = estimate;
      if (rows.length === 0) throw new CommandError(refusedText(refused), exitCode.refused);
      const told = from && {
        from: { file: from.file, tool: from.tool, notRead: from.notRead, without: from.training.without },
      };
      print(flags, { source, ...told, ...estimate }, () =>
        [fromText(from), rowsText(estimate)].filter(Boolean).join('\n\n'),
      );
      if (!flags.json && refused.length > 0) say(`\nLeft out:\n${refusedText(refused)}`);
    });
}

/** Whether an option was given on the command line. */
const isGiven =
  (command: Command) =>
  (name: string): boolean =>
    command.getOptionValueSource(name) === 'cli';

/** Options that a file stands for, below those of the command line. */
function flagsOf(command: Command, { file }: FromFile, { methods, ranks, torch, ...asked }: ToolAsked) {
  const flags = optionsOf<Flags>(command);
  const given = isGiven(command);
  if (given('profile') && flags.profile !== 'torch')
    throw usage(`--from ${file} asks about torch: leave --profile out`);
  const own = Object.fromEntries(Object.entries(flags).filter(([name]) => given(name)));
  // Other optimizers have no such update.
  const update = given('optimizer') ? { update: undefined } : {};
  const said = { method: methods && [...methods], rank: ranks && [...ranks], ...torch, ...update, ...asked };
  return { ...flags, ...said, ...own, profile: 'torch' as const } as ReturnType<typeof optionsOf<Flags>>;
}

/** Says where the numbers come from, and which keys had no part in them. */
function fromText(from: FromFile | undefined): string {
  if (!from) return '';
  const { file, title, training, notRead } = from;
  const keys = notRead.map(({ key, line }) => (line === undefined ? key : `${key} (line ${line})`));
  const base = training.base === undefined ? '' : `, base ${training.base}`;
  const lines = [`From ${file}, of ${title}${base}.`];
  if (training.without !== undefined) lines.push(`Predicted without ${training.without}.`);
  if (keys.length > 0) lines.push(`Not read: ${keys.join(', ')}.`);
  return lines.join('\n');
}

/** @throws CommandError naming what cannot be read, and why */
async function modelOf(
  library: Library,
  source: string,
  { vocabulary, revision }: Flags,
  folders: EstimateFolders,
): Promise<ModelConfig> {
  const presets = library.presetNames.join(', ');
  const refuseVocabulary = () => {
    if (vocabulary === undefined) return;
    throw usage(`--vocabulary is of the shapes ${presets}: ${source} has a tokenizer of its own, so leave it out`);
  };
  const models = folders.models();
  const folder = await folderOf(source, models);
  if (folder !== undefined) {
    refuseRevision(source, revision);
    refuseVocabulary();
    return configIn(() => library.readConfig(folder));
  }
  const preset = library.presetNames.find((name) => name === source);
  if (preset !== undefined) {
    refuseRevision(source, revision);
    if (vocabulary === undefined) {
      throw usage(`${preset} is a shape for any tokenizer: name its tokens by --vocabulary`);
    }
    return library.presetConfig(preset, vocabulary);
  }
  if (await isFile(source)) {
    const isTools = /\.(?:ya?ml|json)$/.test(source);
    const instead = isTools
      ? 'a configuration of another tool is read by --from'
      : 'a GGUF file is added first, by rankforge base add';
    throw usage(`${source} is a file: name the folder of a config.json; ${instead}`);
  }
  const shapes = revision === undefined ? publishedConfig(source) : undefined;
  if (shapes) {
    refuseVocabulary();
    return library.readShapes(shapes);
  }
  if (isHubId(source)) {
    refuseVocabulary();
    const json = await hubConfig(source, revision, folders.cache());
    return configIn(() => library.readShapes(json), `${source}: config.json: `);
  }
  const named = models === undefined ? '' : ` a base model in ${models},`;
  const expected = `expected a folder with config.json,${named} an id of a hub`;
  throw usage(`${source} is not there: ${expected} such as meta-llama/Llama-3.1-8B, or one of the shapes ${presets}`);
}

/** Reads a configuration; what is wrong with it ends the command with one line. */
async function configIn(read: () => ModelConfig | Promise<ModelConfig>, place = ''): Promise<ModelConfig> {
  try {
    return await read();
  } catch (error) {
    throw new CommandError(`${place}${(error as Error).message}`, exitCode.refused, { cause: error });
  }
}

/** The `config.json` of a model on a hub. A copy that stands in for it is told. */
async function hubConfig(id: string, revision: string | undefined, cache: string): Promise<unknown> {
  // Loaded when it is needed: most models are folders.
  const { readHubConfig } = await import('@rankforge/bases/hub');
  const { json, kept } = await hubRefusals(() => readHubConfig(id, { cache, revision, environment: process.env }), id);
  if (kept) say(`${kept.because}; the copy of ${kept.since.toISOString()} is used`);
  return json;
}

/** An id has an owner and a name; what begins like a path is one. */
const isHubId = (source: string): boolean => /^[\w-][\w.-]*\/[\w-][\w.-]*$/.test(source);

const isFile = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined))?.isFile() ?? false;

/** The folder itself, or that of a base model of this name. */
async function folderOf(source: string, models: string | undefined): Promise<string | undefined> {
  const isName = !/[/\\]/.test(source) && !source.startsWith('.');
  for (const path of [source, ...(isName && models !== undefined ? [join(models, source)] : [])]) {
    if ((await stat(path).catch(() => undefined))?.isDirectory()) return path;
  }
  return undefined;
}

/** @throws CommandError naming a method, an optimizer, a target or a length that the library or the model does not have */
function answer(
  library: Library,
  model: ModelConfig,
  { method, rank, ...flags }: Flags & { offer: CardOffer },
): EstimateAnswer {
  const { engine = 'wasm', targets } = flags;
  try {
    const { attention, torch } = attentionOf(flags);
    return library.estimateOf(model, { ...flags, engine, methods: method, ranks: rank, attention, torch });
  } catch (error) {
    if (!(error instanceof library.EstimateRequestError)) throw error;
    if (error.field === 'targets' && targets === defaultTargets) {
      throw usage(`${error.message}. By default ${targets.join(' and ')} carry adapters: name others with --targets`);
    }
    // A name says what it is itself.
    const isName = ['methods', 'optimizer', 'gpu'].includes(error.field);
    const flag = error.field === 'torch' ? error.within : error.field;
    throw usage(isName ? error.message : `--${kebab(String(flag))}: ${error.message}`);
  }
}

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** Attention of the profile, which is a part of the set-up of torch where torch is asked about. */
function attentionOf(flags: Flags): { attention?: Attention; torch?: Partial<TorchSetup> } {
  const { attention, engine } = flags;
  const own = attentions.find((name) => name === attention);
  const ofTorch = torchSetup.attention.find((name) => name === attention);
  if (flags.profile === 'torch' && engine !== undefined) {
    throw usage(`--engine ${engine} is of --profile rankforge: torch computes by itself, so leave it out`);
  }
  if (flags.profile === 'torch') return { ...(own && { attention: own }), torch: torchOf(flags, ofTorch) };
  if (ofTorch) throw usage(`--attention ${ofTorch} is of --profile torch; the engines have ${attentions.join(', ')}`);
  const torch = torchOf(flags, undefined);
  const [first] = Object.keys(torch);
  if (first !== undefined)
    throw usage(`--${torch[first as keyof TorchSetup] === false ? 'no-' : ''}${kebab(first)} is of --profile torch`);
  return own ? { attention: own } : {};
}

/** The set-up of torch that was asked for. */
function torchOf(
  { adapters, autocast, padded, prepared, doubleQuantization, logits, loss, update, gpus, shard }: Flags,
  attention: TorchSetup['attention'] | undefined,
) {
  const without = Object.entries({ padded, prepared, doubleQuantization }).filter(([, value]) => value === false);
  const given = { adapters, autocast, attention, ...Object.fromEntries(without), logits, loss, update, gpus, shard };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<TorchSetup>;
}

function rowsText(answer: EstimateAnswer): string {
  const { rows, budget, profile } = answer;
  const parts = ['weights', 'adapters', 'gradients', 'optimizer', 'activations', 'workspace', 'total'] as const;
  const text = table(rows, [
    { title: 'method', value: ({ method }) => method },
    { title: 'rank', right: true, value: ({ rank }) => rank ?? '–' },
    { title: 'trained', right: true, value: ({ trainableParameters }) => formatCount(trainableParameters) },
    ...parts.map((part) => ({
      title: part,
      right: true,
      value: ({ memory }: EstimateRow) => formatMiB(memory[part]),
    })),
    ...(profile === 'torch' ? torchColumns : []),
    ...(budget === null ? [] : budgetColumns),
    ...(rows.some(({ time }) => time) ? timeColumnsOf(rows) : []),
    ...(answer.cards ? [cardsColumn] : []),
  ]);
  const budgetLine = budget === null ? [] : [budgetText(budget, answer.card)];
  const most = answer.mostBytes ?? Number.POSITIVE_INFINITY;
  const mostLine = rows.some(({ memory }) => memory.total > most)
    ? [
        `A process of engine ${answer.engine} can hold ${formatMiB(most)} MiB under any budget: see --engine tensorflow for larger ones.`,
      ]
    : [];
  const beyond = rows.flatMap(({ method, beyondEngine }) =>
    beyondEngine === undefined ? [] : [`The engines here cannot compute ${method}: ${beyondEngine}.`],
  );
  return [text, '', saidOf(answer), askedOf(answer), ...budgetLine, ...mostLine, ...beyond].join('\n');
}

/** The request in words, without the numbers of the base. */
function askedOf({ batch, accumulate, sequence, targets, optimizer, torch, rows }: EstimateAnswer): string {
  const passes = accumulate === 1 ? '' : ` in each of ${accumulate} passes`;
  const { gpus = 1, shard = 'ddp' } = torch ?? {};
  const cards =
    gpus === 1 ? '' : ` Each of ${gpus} cards holds this by ${shard}; buffers of NCCL come on top, and its time.`;
  const time = rows.some((row) => row.time)
    ? ' Seconds and hours assume that 20 to 50 % of the rate of the card is reached.'
    : '';
  return `Batch ${batch}${passes}, ${sequence} tokens, adapters on ${targets.join(', ')}, optimizer ${optimizer}.${cards}${time}`;
}

function budgetText(budget: number, card: EstimateAnswer['card']): string {
  if (!card) return `Budget: ${formatMiB(budget)} MiB.`;
  const { title, bytes, overhead } = card;
  return `Budget: ${formatMiB(budget)} MiB. Of the ${formatMiB(bytes)} MiB of ${title}, driver, CUDA context and libraries are assumed to take ${formatMiB(overhead)} MiB. If your card shows another number as free, give that to --budget in the place of --gpu.`;
}

const rangeText = ({ low, high }: { low: number; high: number }) => `${low.toPrecision(2)}–${high.toPrecision(2)}`;

/** Hours of an epoch only where its examples are known. */
const timeColumnsOf = (rows: readonly EstimateRow[]) =>
  (['step', 'epoch'] as const)
    .filter((name) => rows.some(({ time }) => time?.[name]))
    .map((name) => ({
      title: name === 'step' ? 's a step' : 'h an epoch',
      right: true,
      value: ({ time }: EstimateRow) => (time?.[name] ? rangeText(time[name]) : '–'),
    }));

/** More names than these widen the table, and are in the answer in JSON. */
const cardsShown = 4;

const cardsColumn = {
  title: 'cards that hold it',
  value: ({ cards = [] }: EstimateRow) => {
    const more = cards.length > cardsShown ? [`and ${cards.length - cardsShown} more`] : [];
    return cards.length === 0 ? 'none' : [...cards.slice(0, cardsShown), ...more].join(', ');
  },
};

const torchColumns = [
  { title: 'reserved', right: true, value: ({ torch }: EstimateRow) => formatMiB(torch!.reserved) },
  { title: 'between', right: true, value: ({ torch }: EstimateRow) => betweenText(torch!, formatMiB) },
  { title: 'steady', right: true, value: ({ torch }: EstimateRow) => formatMiB(torch!.steady) },
];

const betweenText = ({ intervals: { reserved } }: NonNullable<EstimateRow['torch']>, text: (bytes: number) => string) =>
  `${text(reserved.low)} and ${text(reserved.high)}`;

/** The subject of the bytes. */
function saidOf(answer: EstimateAnswer): string {
  const { profile, dtype, computeDtype, checkpointing, attention: asked, torch } = answer;
  const base = `the base in ${dtype}`;
  const products = computeDtype === 'bfloat16' ? ', its products in bfloat16' : '';
  const held = dtype === 'float32' ? 'all numbers in float32' : `${base} and all else in float32`;
  const numbers = `${held}${products}`;
  const again = checkpointing === 'none' ? '' : ', blocks run again';
  const scores = asked ? `, attention ${asked}` : '';
  const head = headText(answer);
  if (profile === 'rankforge') return `Bytes at the peak in MiB, ${numbers}${again}${scores}${head}.`;
  const { attention, update, autocast, prepared, doubleQuantization, padded, adapters, loss } = torch!;
  const scales = dtype === 'nf4' ? ` ${doubleQuantization ? 'with' : 'without'} double quantization` : '';
  const ready = prepared ? ', prepared (tables, head, norms and the residual stream in float32)' : '';
  const own = `${padded ? '' : ', no padding'}${adapters === 'model' ? ', adapters in 16 bits' : ''}${loss === 'fused' ? ', a fused loss' : ''}`;
  const how = `attention by ${attention}, ${update} updates${autocast ? ', autocast' : ''}${own}`;
  return `Bytes allocated at the peak in MiB by transformers and peft on CUDA, ${base}${scales}${ready}${again}, ${how}${head}; 95 of 100 runs are to reserve what stands under between, and a budget is held to it.${answer.card ? '' : ' The CUDA context comes on top.'}`;
}

const headText = ({ classes }: EstimateAnswer): string =>
  classes === null ? '' : `, with a head of ${classes} ${classes === 1 ? 'output' : 'outputs'}`;

const budgetColumns = [
  { title: 'fits', value: fitsText },
  { title: 'largest rank', right: true, value: ({ largest }: EstimateRow) => largest?.rank ?? '–' },
  { title: 'batch', right: true, value: ({ largest }: EstimateRow) => largest?.batch ?? '–' },
  { title: 'sequence', right: true, value: ({ largest }: EstimateRow) => largest?.sequence ?? '–' },
  { title: 'would fit with', value: ({ change }: EstimateRow) => changeText(change) },
];

const inGiB = (bytes: number): string => (bytes / 2 ** 30).toFixed(bytes < 2 ** 30 ? 3 : 1);

function fitsText({ fits, torch }: EstimateRow): string {
  if (fits === null) return `uncertain: between ${betweenText(torch!, inGiB)} GiB`;
  return fits ? 'yes' : 'no';
}

/** A dash where the row fits, and where nothing makes it fit. */
function changeText(change: EstimateRow['change']): string {
  if (!change) return '–';
  const { total: _, ...numbers } = change;
  return Object.entries(numbers)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

/** Options of this command by the field of a training that they set. A reason does not name its field, which is said behind it. */
const optionOf: Readonly<Partial<Record<RefusedField, string>>> = {
  optimizer: '--optimizer',
  baseDtype: '--dtype',
  computeDtype: '--compute-dtype',
  checkpointing: '--checkpointing',
  batchSize: '--batch',
};

/** Where a field is changed, in words. */
function placeOf(field: RefusedField | undefined): string {
  if (field === undefined || field === 'method') return '';
  const option = optionOf[field];
  return ` (${option ?? `"${field}" of a sweep, whose preview predicts its memory`})`;
}

/** A line for each reason of a method, with the ranks that it holds for. */
function refusedText(refused: readonly Refused[]): string {
  const ranks = new Map<string, { of: Refused; ranks: number[] }>();
  for (const each of refused) {
    const key = JSON.stringify([each.method, each.reason]);
    const known = ranks.get(key) ?? { of: each, ranks: [] };
    if (each.rank !== null) known.ranks.push(each.rank);
    ranks.set(key, known);
  }
  return [...ranks.values()].map(({ of, ranks }) => reasonText(of, ranks)).join('\n');
}

function reasonText({ method, reason, field }: Refused, ranks: readonly number[]): string {
  const ownWords = reason.startsWith(`${method} `) ? reason.slice(method.length + 1) : undefined;
  const said = `${ownWords ?? reason}${placeOf(field)}`;
  if (ranks.length > 0) return `${method} at rank ${ranks.join(' and ')}: ${said}`;
  return ownWords === undefined ? `${method}: ${said}` : `${method} ${said}`;
}

/** Values of an option that takes several, or a list with commas; a value that is the default gives way. */
function listed(text: string, before: string[] | undefined): string[] {
  const given = text.split(',').filter(Boolean);
  if (given.length === 0) throw new InvalidArgumentError('expected at least one name.');
  return [...new Set([...(before === undefined || before === defaultTargets ? [] : before), ...given])];
}

function ranksIn(text: string, before: number[] = []): number[] {
  return [...new Set([...before, ...text.split(',').map(countOf)])];
}

function countOf(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError('expected a whole number from 1 on.');
  }
  return value;
}

function bytesOf(text: string): number {
  const bytes = bytesOfSize(text);
  if (bytes === undefined) throw new InvalidArgumentError(`expected ${byteSizeForm}.`);
  return bytes;
}
