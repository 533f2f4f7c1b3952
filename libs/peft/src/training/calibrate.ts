/**
 * @file The pass over training batches that some methods ask for before their first step. It runs on the base model as
 * it is, once per base, data, seed, targets and request: the result stays with the warm base.
 */
import { setImmediate } from 'node:timers/promises';
import type { Engine } from '../engine/engine.js';
import type { MemoryParts } from '../memory/parts.js';
import type { CalibrationRequest, LayerCalibration, Method } from '../method.js';
import type { LoadedBase } from '../models/base.js';
import { lastingBytes } from '../tensor/linalg.js';
import type { Random } from '../tensor/random.js';
import { gatherGradients, gatherInputs, type Statistics } from './calibration-statistics.js';
import type { Batch, TaskData } from './data.js';
import { untouched } from './evaluate.js';
import type { TrainEvent } from './events.js';
import { inject } from './inject.js';
import { headOf } from './loss.js';
import { openMeter } from './measure.js';
import type { TrainOptions } from './options.js';
import { exampleOrder } from './order.js';
import { learningRateAt } from './schedule.js';

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
  signal?: AbortSignal | undefined;
  emit(event: TrainEvent): Promise<void>;
}

export interface Calibrated {
  outcome: 'completed';
  /** By path of the targeted layer. */
  layers: ReadonlyMap<string, LayerCalibration>;
  /** Measured: what was held at the peak of the pass, whether it ran now or before. */
  peak: MemoryParts;
  /** Wall time of the pass. */
  seconds: number;
  /** The pass ran for an earlier trial. */
  reused: boolean;
}

/** The signal was aborted before the pass was over. */
export interface CalibrationStopped {
  outcome: 'stopped';
  peak: MemoryParts;
}

/** A pass that ran: what it found and what it took. */
interface Pass {
  statistics: Statistics;
  peak: MemoryParts;
  seconds: number;
}

/**
 * Runs the calibration that the method asks for, or takes it from an earlier trial on the same warm base.
 *
 * @returns undefined where the method asks for none
 */
export async function calibrate(input: CalibrateInput): Promise<Calibrated | CalibrationStopped | undefined> {
  const { model, method, config, options, signal } = input;
  const request = method.calibration?.(config);
  if (request === undefined) return undefined;
  const key = keyOf(request, input);
  const known = model.derived.get(key) as Pass | undefined;
  const { statistics, peak, seconds } = known ?? (await runPass(request, input));
  if (signal?.aborted) return { outcome: 'stopped', peak };
  if (known === undefined) model.derived.set(key, { statistics, peak, seconds }, bytesOf(statistics));
  const learningRate = learningRateAt(1, { ...options, steps: Math.max(1, options.steps) });
  const layers = new Map([...statistics].map(([path, found]) => [path, { learningRate, ...found }]));
  return { outcome: 'completed', layers, peak, seconds, reused: known !== undefined };
}

async function runPass(request: CalibrationRequest, input: CalibrateInput): Promise<Pass> {
  const { engine, model, data, options, random } = input;
  const started = performance.now();
  const trial = inject({
    base: model,
    method: untouched,
    config: {},
    targets: options.targets,
    random,
    ...headOf(data),
  });
  try {
    const meter = openMeter(engine, trial);
    const gather = request.statistic === 'gradient' ? gatherGradients : gatherInputs;
    const statistics = await gather({ trial, model: model.config, data, batches: batchesOf(request, input) });
    return { statistics, peak: meter.peak(), seconds: (performance.now() - started) / 1000 };
  } finally {
    trial.dispose();
  }
}

/** Batches of the training split, in an order of their own. Reports each before it is handed over. */
async function* batchesOf({ batches }: CalibrationRequest, input: CalibrateInput): AsyncGenerator<Batch> {
  const { data, options, random, signal, emit } = input;
  const order = exampleOrder(data.train.size, random.fork('calibration'));
  for (let index = 0; index < batches; index++) {
    // Signals and messages of the process are handled between batches.
    await setImmediate();
    if (signal?.aborted) return;
    await emit({ type: 'calibration', step: 0, batch: index + 1, batches });
    yield data.train.batch(order(index * options.batchSize, options.batchSize));
  }
}

/** Everything the result depends on but the base, which holds it, and the method, which has no part in the pass. */
function keyOf({ statistic, batches }: CalibrationRequest, { engine, data, options }: CalibrateInput): string {
  const { seed, targets, batchSize } = options;
  const known = [engine.name, statistic, batches, idOf(data), seed, [...targets].sort(), batchSize];
  return `calibration ${JSON.stringify(known)}`;
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
  const matrices = new Set([...statistics.values()].map(({ gradient, inputs }) => gradient ?? inputs!.scatter));
  return [...matrices].reduce((sum, matrix) => sum + lastingBytes(matrix), 0);
}
