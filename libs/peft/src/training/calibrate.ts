/**
 * @file The pass over training batches that some methods ask for before their first step. It runs on the base model as
 * it is, once per base, data, seed, targets and request: the result stays with the warm base, and for other processes where
 * the caller keeps it.
 */
import { once } from 'node:events';
import type { TaskData } from '../data/task-data.js';
import type { Engine } from '../engine/engine.js';
import type { MemoryParts } from '../engine/memory-parts.js';
import type { CalibrationRequest, FirstStep, LayerCalibration, Method } from '../method.js';
import { apartOf, writtenApart } from '../models/apart.js';
import type { LoadedBase } from '../models/base.js';
import { linearLayers } from '../models/config.js';
import type { Batch } from '../objectives/data.js';
import { lastingBytes } from '../tensor/linalg.js';
import type { Random } from '../tensor/random.js';
import {
  gatherGradients,
  gatherInputs,
  gatherInTurn,
  gatherLosses,
  type Statistics,
} from './calibration-statistics.js';
import type { TrainEvent } from './events.js';
import { inject } from './inject.js';
import { type KeptPasses, type Pass, passFormat, readPass, writePass } from './kept-passes.js';
import { headOf } from './loss.js';
import { madeLayer } from './made-layer.js';
import { openMeter } from './measure.js';
import type { TrainOptions } from './options.js';
import { exampleOrder } from './order.js';
import { planTrial } from './plan.js';
import { learningRateAt } from './schedule.js';
import type { TrialModel } from './trial.js';
import { ownTime, type Turn, undisturbed } from './turns.js';
import { untouched } from './untouched.js';

export interface CalibrateInput {
  engine: Engine;
  model: LoadedBase;
  method: Method;
  /** The method's configuration, parsed. */
  config: unknown;
  data: TaskData;
  options: TrainOptions;
  /** The trial's stream. */
  random: Random;
  /** Omitted: nobody else uses the engine. */
  turn?: Turn | undefined;
  /** Omitted: passes end with this process. */
  kept?: KeptPasses | undefined;
  signal?: AbortSignal | undefined;
  emit(event: TrainEvent): Promise<void>;
}

export interface Calibrated {
  outcome: 'completed';
  /** By path of the targeted layer. */
  layers: ReadonlyMap<string, LayerCalibration>;
  /** Measured: what was held at the peak of the pass, whether it ran now or before. */
  peak: MemoryParts;
  /** Time of the pass. */
  seconds: number;
  /** The pass ran for an earlier trial. */
  reused: boolean;
}

/** The signal was aborted before the pass was over. */
export interface CalibrationStopped {
  outcome: 'stopped';
  peak: MemoryParts;
}

/**
 * Runs the calibration that the method asks for, or takes it from an earlier trial on the same warm base.
 *
 * @returns undefined where the method asks for none
 * @throws Error naming the layer that no token reached that counts
 */
export async function calibrate(input: CalibrateInput): Promise<Calibrated | CalibrationStopped | undefined> {
  const { model, method, config, options, signal, emit } = input;
  const request = method.calibration?.(config);
  if (request === undefined) return undefined;
  const key = `calibration of data ${idOf(input.data)} ${keyOf(request, input)}`;
  const known = await foundByOthers(key, input);
  const { statistics, peak, seconds, reused } =
    known ?? (await announced(key, model, () => keptOrRun(key, request, input)));
  if (signal?.aborted) return { outcome: 'stopped', peak };
  if (reused) await emit({ type: 'calibrated', step: 0, seconds });
  const firstStep = firstStepOf(options);
  const layers = new Map([...statistics].map(([path, found]) => [path, { firstStep, ...found }]));
  return { outcome: 'completed', layers, peak, seconds, reused };
}

/** The pass of another process, or one that runs now and is kept, with the base and for other processes. */
async function keptOrRun(
  key: string,
  request: CalibrationRequest,
  input: CalibrateInput,
): Promise<Pass & { reused: boolean }> {
  const { model, kept, signal, turn = undisturbed } = input;
  const keep = (pass: Pass) => model.derived.set(key, pass, bytesOf(pass.statistics));
  const run = async () => {
    const pass = await runPass(request, input);
    if (!signal?.aborted) {
      requireEveryLayer(pass.statistics, input);
      keep(pass);
    }
    return { ...pass, reused: false };
  };
  if (kept === undefined) return run();
  const elsewhere = `${await turn.away(() => kept.of())} ${passFormat} ${keyOf(request, input)}`;
  const read = async () => {
    const bytes = await turn.away(() => kept.store.read(elsewhere));
    if (bytes === undefined) return undefined;
    const pass = readPass(bytes);
    keep(pass);
    return { ...pass, reused: true };
  };
  const found = await read();
  if (found) return found;
  const giveBack = await turn.away(() => kept.store.reserve(elsewhere));
  try {
    // Whoever held it before has left the pass, unless it was stopped.
    const left = await read();
    if (left) return left;
    const pass = await run();
    if (!signal?.aborted) await turn.away(() => kept.store.write(elsewhere, writePass(pass)));
    return pass;
  } finally {
    giveBack();
  }
}

function requireEveryLayer(statistics: Statistics, { model, options }: CalibrateInput): void {
  const unseen = linearLayers(model.config).find(
    ({ name, path }) => options.targets.includes(name) && !statistics.has(path),
  );
  if (unseen === undefined) return;
  throw new Error(
    `The calibration found nothing that flows into ${unseen.path}: of the tokens it read, all are padding or without a target`,
  );
}

/** Passes under way, by base and key. */
const underWay = new WeakMap<LoadedBase, Map<string, Promise<unknown>>>();

/** The pass of an earlier trial, or of one in the same process that makes it now: it is waited for. */
async function foundByOthers(key: string, input: CalibrateInput): Promise<(Pass & { reused: true }) | undefined> {
  const { model, turn = undisturbed, signal } = input;
  const found = () => {
    const pass = model.derived.get(key) as Pass | undefined;
    return pass && { ...pass, reused: true as const };
  };
  for (let other = underWay.get(model)?.get(key); other; other = underWay.get(model)?.get(key)) {
    const pass = other;
    await turn.away(() => (signal ? Promise.race([pass, aborted(signal)]) : pass));
    // One that was stopped has left nothing: the next in line makes the pass.
    if (signal?.aborted || found()) break;
  }
  return found();
}

async function announced<T>(key: string, model: LoadedBase, run: () => Promise<T>): Promise<T> {
  const passes = underWay.get(model) ?? new Map<string, Promise<unknown>>();
  underWay.set(model, passes);
  const pass = run();
  passes.set(
    key,
    pass.catch(() => undefined), // told to the trial that makes it
  );
  try {
    return await pass;
  } finally {
    passes.delete(key);
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

async function runPass(request: CalibrationRequest, input: CalibrateInput): Promise<Pass> {
  const { engine, model, data, options, random, turn = undisturbed } = input;
  const time = ownTime(turn);
  const trial = inject({
    base: model,
    method: untouched,
    config: {},
    targets: options.targets,
    attention: options.attention,
    ...writtenApart(options),
    random,
    ...headOf(data),
  });
  const meter = openMeter(engine, trial, { turn });
  try {
    const gather = gathererOf(request, input, trial);
    const statistics = await gather({ trial, model: model.config, data, batches: () => batchesOf(request, input) });
    return { statistics, peak: meter.peak(), seconds: time.seconds() };
  } finally {
    time.close();
    meter.close();
    trial.dispose();
  }
}

/** Makes the object that gathers the statistic that is asked for. */
function gathererOf({ statistic, inTurn, replacements }: CalibrationRequest, input: CalibrateInput, trial: TrialModel) {
  const { model: base, method, config, options, random } = input;
  if (statistic === 'gradient') return gatherGradients(options.checkpointing ?? 'none');
  if (replacements) return gatherLosses(replacements, (path) => base.kernel(`${path}.kernel`));
  if (!inTurn) return gatherInputs;
  const { layers } = planTrial({ model: base.config, method, config, targets: options.targets });
  const surroundings = { base, method, random, layers, access: trial.access(), firstStep: firstStepOf(options) };
  return gatherInTurn((path, known) => madeLayer(path, { ...surroundings, known }));
}

function firstStepOf(options: TrainOptions): FirstStep {
  const steps = Math.max(1, options.steps);
  const { warmupSteps } = options;
  return { learningRate: learningRateAt(1, { ...options, steps }), steps, warmupSteps };
}

/** Batches of the training split, in an order of their own. Reports each before it is handed over. */
async function* batchesOf({ batches }: CalibrationRequest, input: CalibrateInput): AsyncGenerator<Batch> {
  const { data, options, random, turn = undisturbed, signal, emit } = input;
  const order = exampleOrder(data.train.size, random.fork('calibration'));
  for (let index = 0; index < batches; index++) {
    await turn.pass();
    if (signal?.aborted) return;
    await emit({ type: 'calibration', step: 0, batch: index + 1, batches });
    yield data.train.batch(order(index * options.batchSize, options.batchSize));
  }
}

/** Everything the result depends on but base and data; the method, where it has a part in the pass. */
function keyOf({ statistic, batches, inTurn, replacements }: CalibrationRequest, input: CalibrateInput): string {
  const { engine, options, method, config } = input;
  const { seed, targets, batchSize, baseDtype = 'float32', attention = 'auto' } = options;
  const apart = apartOf(options);
  // It changes no number, but what is held meanwhile, which is reported.
  const checkpointed = statistic === 'gradient' && options.checkpointing === 'block' ? ['block'] : [];
  const own = inTurn || replacements ? [method.name, config, firstStepOf(options)] : [];
  return JSON.stringify([
    engine.name,
    statistic,
    batches,
    seed,
    [...targets].sort(),
    batchSize,
    ...own,
    ...checkpointed,
    ...(baseDtype === 'float32' ? [] : [baseDtype]),
    ...(attention === 'auto' ? [] : [attention]),
    ...(apart ? [apart] : []),
  ]);
}

const ids = new WeakMap<TaskData, number>();
let nextId = 0;

/** Data is known by its object: a task that is prepared anew is read anew. */
function idOf(data: TaskData): number {
  if (!ids.has(data)) ids.set(data, nextId++);
  return ids.get(data)!;
}

/** On the host, with what inits may find out of it. Layers that share an input share its moments. */
function bytesOf(statistics: Statistics): number {
  const found = [...statistics.values()].map(({ gradient, inputs }) => gradient ?? inputs!.scatter ?? inputs!.mean);
  return [...new Set(found)].reduce(
    (sum, one) => sum + (one instanceof Float64Array ? one.byteLength : lastingBytes(one)),
    0,
  );
}
