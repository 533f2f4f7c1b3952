import type { CreateSweep } from '@rankforge/client';
import {
  contenderName,
  cutNotice,
  type EngineName,
  engineNames,
  enginesOf,
  HistoryReport,
  limitsText,
  type PreviewRow,
  SweepActionResult,
  SweepDetail,
  SweepPage,
  SweepPreview,
  type SweepQuery,
  sharingTrials,
  sweepStates,
  warnsOfCut,
} from '@rankforge/contracts';
import { Argument, type Command, Option } from 'commander';
import type { ApiClient } from '../api/client.js';
import { exitCode, usage } from '../exit-codes.js';
import { boardText } from '../output/board-text.js';
import { formatCount, formatMiB, formatNumber, formatSeconds } from '../output/format.js';
import { print, say, sayMore } from '../output/print.js';
import { table } from '../output/table.js';
import { proposeEngine } from '../propose-engine.js';
import { boardOf, describeEnd, hasResult, statusOfSweep, watchSweep } from '../watch.js';
import {
  clientOf,
  cursorOption,
  optionsOf,
  positiveNumbers,
  wholeAboveZero,
  wholeNumber,
  wholeNumbers,
} from './options.js';
import { askedOf, readSweepFile, sweepFile } from './sweep-file.js';
import { addSweepLabels } from './sweep-labels.js';
import { addSweepRemove } from './sweep-remove.js';
import { addSweepReportCommand } from './sweep-report.js';
import { addSweepSettingsCommand } from './sweep-settings.js';
import { printResult, sweepTable } from './sweep-table.js';

type ListOptions = Pick<SweepQuery, 'state' | 'task' | 'search' | 'tag' | 'limit' | 'cursor'>;

interface SubmitOptions {
  idempotencyKey?: string;
  watch?: boolean;
  engine?: EngineName[];
  tag?: string[];
  note?: string;
}

interface ExtendOptions {
  seed?: number[];
  rank?: number[];
  learningRate?: number[];
  memoryBudget?: number[];
  tied?: boolean;
  seeds?: number;
}

export function addSweepCommands(program: Command): void {
  const sweep = program.command('sweep').description('Create, watch and steer sweeps');

  sweep
    .command('submit')
    .description('Create a sweep')
    .argument('<file>', sweepFile)
    .option('--idempotency-key <key>', 'a repeated submit under the same key makes no second sweep')
    .option(
      '--watch',
      'follow it to its end and print its board; exit status 5 when a trial failed, 8 when it was cancelled',
    )
    .addOption(engineOption())
    .option('--tag <tags...>', 'tags of the sweep, beside those that the file names')
    .option('--note <text>', 'a note about the sweep, in the place of the one in the file')
    .action(async (file: string, _: unknown, command: Command) => {
      const options = optionsOf<SubmitOptions>(command);
      const client = await clientOf(command);
      const asked = await readSweepFile(file);
      const spec = labelled(onEngine(asked.request, options.engine), options);
      const params = { header: once(options) };
      const made = await askedOf(asked, client.post('/v1/sweeps', SweepDetail, { body: spec, params }));
      const line = () => `${made.id}  ${made.name}: ${made.total} trials, ${made.known} known already`;
      // Whatever happens from here on, the sweep is there: its id is said first.
      if (options.watch) say(line());
      else print(options, made, line);
      await proposeEngine(client, spec, { engines: enginesOf(made.spec), base: made.base });
      if (!options.watch) return;
      await follow(client, made.id, options);
    });

  sweep
    .command('preview')
    .description('Show what a sweep would run, what would not fit and why, and what is known; nothing is written')
    .argument('<file>', sweepFile)
    .addOption(engineOption())
    .action(async (file: string, _: unknown, command: Command) => {
      const client = await clientOf(command);
      const { engine } = optionsOf<{ engine?: EngineName[] }>(command);
      const asked = await readSweepFile(file);
      const spec = onEngine(asked.request, engine);
      const preview = await askedOf(asked, client.post('/v1/sweeps/preview', SweepPreview, { body: spec }));
      print(optionsOf(command), preview, () => previewText(preview));
      await proposeEngine(client, spec, {
        engines: enginesOf({ engine: spec.engine ?? engineNames[0] }),
        base: spec.base,
      });
    });

  sweep
    .command('list')
    .description('List sweeps, newest first')
    .addOption(new Option('--state <state>').choices(sweepStates))
    .option('--task <task>', 'only sweeps of this task')
    .option('--search <text>', 'only sweeps with this text in their name, task, base model, note or a tag')
    .option('--tag <tags...>', 'only sweeps that have all of these tags')
    .option('--limit <n>', 'sweeps on a page', wholeNumber, 50)
    .addOption(cursorOption())
    .action(async (_: unknown, command: Command) => {
      const options = optionsOf<ListOptions>(command);
      const client = await clientOf(command);
      const { state, task, search, tag, limit, cursor } = options;
      const query = { state, task, search, tag, limit, cursor };
      const page = await client.get('/v1/sweeps', SweepPage, { params: { query } });
      print(options, page, () => sweepTable(page.items));
      sayMore(options, page);
    });

  sweep
    .command('watch')
    .description(
      'Follow a sweep to its end and print its board; exit status 5 when a trial failed, 8 when it was cancelled',
    )
    .argument('<id>', 'id of the sweep')
    .action(async (id: string, _: unknown, command: Command) => {
      await follow(await clientOf(command), id, optionsOf(command));
    });

  addSweepSettingsCommand(sweep);
  addSweepReportCommand(sweep);

  sweep
    .command('check')
    .description(
      'Check that log, attempts and metrics agree (nothing lost, nothing done twice); exit status 7 when they do not',
    )
    .argument('<id>', 'id of the sweep')
    .action(async (id: string, _: unknown, command: Command) => {
      const client = await clientOf(command);
      const report = await client.get('/v1/sweeps/{id}/history', HistoryReport, of(id));
      print(optionsOf(command), report, () => historyText(report));
      if (report.problems.length > 0) process.exitCode = exitCode.unsound;
    });

  sweep
    .command('priority')
    .description('Run waiting trials of a sweep sooner (up to 100) or later (down to 0) than those of others')
    .argument('<id>', 'id of the sweep')
    .argument('<priority>', '0 to 100; the largest runs first', wholeNumber)
    .action(async (id: string, priority: number, _: unknown, command: Command) => {
      const client = await clientOf(command);
      const result = await client.post('/v1/sweeps/{id}/priority', SweepActionResult, {
        ...of(id),
        body: { priority },
      });
      printResult(command, result);
    });

  sweep
    .command('extend')
    .description('Add values to the axes of a sweep; what is known is not run again')
    .argument('<id>', 'id of the sweep')
    .option('--seed <seeds...>', 'further seeds', wholeNumbers)
    .option('--rank <ranks...>', 'further ranks', wholeNumbers)
    .option('--learning-rate <rates...>', 'further learning rates', positiveNumbers)
    .option('--memory-budget <MiB...>', 'further memory budgets', positiveNumbers)
    .option(
      '--tied',
      'further seeds, for the configurations that lead the board of the sweep or are tied, and no others',
    )
    .option('--seeds <n>', 'with --tied: how many (default: as many as the board says)', wholeAboveZero)
    .action(async (id: string, _: unknown, command: Command) => {
      const { seed, rank, learningRate, memoryBudget, tied, seeds } = optionsOf<ExtendOptions>(command);
      if (seeds !== undefined && !tied)
        throw usage('--seeds says how many seeds --tied adds: --seed names seeds for all');
      const client = await clientOf(command);
      const result = await client.post('/v1/sweeps/{id}/extend', SweepActionResult, {
        ...of(id),
        body: { seed, rank, learningRate, memoryBudgetMiB: memoryBudget, ...(tied && { tied: { seeds } }) },
      });
      printResult(command, result);
    });

  sweep
    .command('clone')
    .description('Create a sweep from the request of this one')
    .argument('<id>', 'id of the sweep')
    .option('--idempotency-key <key>', 'a repeated clone under the same key makes no second sweep')
    .action(async (id: string, _: unknown, command: Command) => {
      const client = await clientOf(command);
      const params = { path: { id }, header: once(optionsOf(command)) };
      printResult(command, await client.post('/v1/sweeps/{id}/clone', SweepActionResult, { params }));
    });

  const actions = {
    cancel: { route: 'cancel', about: 'End every trial that has not ended' },
    pause: { route: 'pause', about: 'Start no further trial' },
    resume: { route: 'resume', about: 'Go on after a pause' },
    retry: { route: 'retry-failed', about: 'Queue failed trials again' },
  } as const;
  for (const [name, { route, about }] of Object.entries(actions)) {
    sweep
      .command(name)
      .description(about)
      .addArgument(new Argument('<id>', 'id of the sweep'))
      .action(async (id: string, _: unknown, command: Command) => {
        const client = await clientOf(command);
        printResult(command, await client.post(`/v1/sweeps/{id}/${route}`, SweepActionResult, of(id)));
      });
  }

  addSweepLabels(sweep);
  addSweepRemove(sweep);
}

/** Shows a sweep until it ends, then how it ended and its board, where it has one. */
async function follow(client: ApiClient, id: string, options: { json?: boolean }): Promise<void> {
  const ended = await watchSweep(client, id);
  const board =
    !options.json && hasResult(ended)
      ? [boardText(await boardOf(client, ended), { by: 'method', sweepId: id }), '']
      : [];
  print(options, ended, () => [...board, describeEnd(ended)].join('\n'));
  process.exitCode = statusOfSweep(ended);
}

const once = ({ idempotencyKey }: { idempotencyKey?: string }) =>
  idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey };

const of = (id: string) => ({ params: { path: { id } } });

const engineOption = () =>
  new Option(
    '--engine <names...>',
    'engine to train on, or engines to compare; default: what the file names, or wasm',
  ).choices(engineNames);

/** The request with the tags and the note that were given beside its file. */
const labelled = (spec: CreateSweep, { tag, note }: SubmitOptions): CreateSweep => ({
  ...spec,
  ...(tag && { tags: [spec.tags ?? [], tag].flat() }),
  ...(note !== undefined && { note }),
});

/** The request on the engines that were asked for. */
const onEngine = (spec: CreateSweep, engines?: readonly EngineName[]): CreateSweep =>
  engines === undefined ? spec : { ...spec, engine: engines.length === 1 ? engines[0]! : [...engines] };

function historyText({ trials, events, attempts, metricPoints, rules, problems }: HistoryReport): string {
  const read = `${trials} trials, ${events} events, ${attempts} attempts, ${metricPoints} metric points`;
  return [
    ...problems.map(({ rule, trialId, found }) => `${trialId ?? 'sweep'}: ${found} (broken: ${rule})`),
    `${problems.length === 0 ? 'sound' : `${problems.length} problems`}: ${rules.length} rules over ${read}`,
  ].join('\n');
}

/** Bytes in both directions. */
const sentMiB = (messages: PreviewRow['messages']) => (messages ? formatMiB(messages.up + messages.down) : '–');

function previewText(preview: SweepPreview): string {
  const federated = preview.rows.some(({ scenario }) => scenario !== undefined);
  const rows = table(preview.rows, [
    { title: 'method', value: contenderName },
    ...(federated ? [{ title: 'scenario', value: (row: PreviewRow) => row.scenario ?? '–' }] : []),
    { title: 'rank', right: true, value: (row) => row.rank ?? '–' },
    { title: 'lr', right: true, value: (row) => formatNumber(row.learningRate, 2) },
    { title: 'seeds', right: true, value: (row) => row.seeds },
    { title: 'trained', right: true, value: (row) => formatCount(row.trainableParameters) },
    { title: 'MiB predicted', right: true, value: (row) => formatMiB(row.predicted.total) },
    ...(federated
      ? [
          { title: 'MiB sent', right: true, value: ({ messages }: PreviewRow) => sentMiB(messages) },
          { title: 'ε', right: true, value: ({ epsilon }: PreviewRow) => formatNumber(epsilon ?? null, 3) },
        ]
      : []),
    { title: 'known', right: true, value: (row) => row.known },
    {
      title: 'budgets (MiB)',
      value: (row) =>
        row.budgets
          .map(({ memoryBudgetMiB, limits, fits, reason, impliedByRank }) => {
            const budget = limits ? `${memoryBudgetMiB}, ${limitsText(limits)}` : `${memoryBudgetMiB}`;
            if (fits) return budget;
            return `not ${budget}: ${impliedByRank === undefined ? reason : `implied by rank ${impliedByRank}`}`;
          })
          .join('; '),
    },
  ]);
  const whole = new Map(
    preview.rows.flatMap(({ method, wholeKernels }) => (wholeKernels ? [[method, wholeKernels]] : [])),
  );
  const { trials, scorings, toRun, known, overBudget, implied, estimatedSeconds, truncated, sampled, lengths } =
    preview;
  const sharing = sharingTrials(preview);
  const notices = new Set(
    preview.rows.flatMap(({ notice, warning, neverFired = [] }) => [
      ...(notice ? [notice] : []),
      ...(warning ? [`Warning: ${warning}`] : []),
      ...neverFired,
    ]),
  );
  return [
    rows,
    ...(lengths ? [`${warnsOfCut(lengths) ? 'Warning: ' : ''}${cutNotice(lengths)}`] : []),
    ...notices,
    ...[...whole].map(
      ([method, why]) => `(${method} ${why}: its kernels are whole, and not the factors that they were left as)`,
    ),
    ...(sampled ? ['(examples: the search decides while it runs what is tried)'] : []),
    ...(truncated ? ['(further rows left out)'] : []),
    `${trials + scorings} trials: ${toRun} to run, ${known} known already, ${overBudget} do not fit${implied > 0 ? ` (${implied} implied by smaller ranks)` : ''}` +
      `${sharing > 0 ? `, ${sharing} share a training with another` : ''}${scorings > 0 ? `, ${scorings} test scores` : ''}; ` +
      `estimated time ${estimatedSeconds === null ? 'unknown: nothing comparable has run here' : formatSeconds(estimatedSeconds)}`,
  ].join('\n');
}
