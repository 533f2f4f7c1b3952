/**
 * @file Examples that a base model writes in place of the training split, and that a discriminator keeps. Source: arXiv
 * 2405.17258, sections 3.1 and 3.2. `atSource` is what happens where the data is; what it returns is all that `write` gets.
 */

import type { TaskData } from '../data/task-data.js';
import type { MemoryParts } from '../engine/memory-parts.js';
import { discriminating, type Method, type SynthesisRequest } from '../method.js';
import type { LoadedBase } from '../models/base.js';
import type { Batch, Split } from '../objectives/data.js';
import { objectiveOn } from '../objectives/registry.js';
import type { Random } from '../tensor/random.js';
import { tf } from '../tensor/tf.js';
import { restore } from './evaluate.js';
import type { TrainEvent } from './events.js';
import { onTensors } from './loss.js';
import type { TrainOptionsInput } from './options.js';
import { exampleOrder } from './order.js';
import { toMatrix } from './teacher.js';
import type { Turn } from './turns.js';
import { ExampleWriter } from './writer.js';

/** The objective of a discriminator. */
const judging = objectiveOn('head');

export interface SynthesisInput {
  request: SynthesisRequest;
  /** The base that writes. */
  model: LoadedBase;
  /** The base of the discriminator, and the layers that carry it. */
  source: { model: LoadedBase; targets: readonly string[] };
  method: Method;
  /** Configuration of the method, parsed. */
  config: unknown;
  data: TaskData;
  batchSize: number;
  seed: number;
  /** Random stream of the trial. */
  random: Random;
  turn: Turn;
  signal?: AbortSignal | undefined;
  emit(event: TrainEvent): Promise<void>;
  /** Trains the discriminator. */
  fit(input: {
    model: LoadedBase;
    method: Method;
    config: unknown;
    data: TaskData;
    options: TrainOptionsInput;
  }): Promise<{ adapter?: Uint8Array; peak: MemoryParts }>;
}

export interface Synthesized {
  examples: Batch;
  /** Measured: the most that was held, while the discriminator was trained beside the base that writes. */
  peak: MemoryParts;
}

/** Everything that leaves the place where the data is. */
export interface Kept {
  seeds: Batch;
  discriminator: Uint8Array;
  /** Examples that the training split has. */
  size: number;
}

/**
 * Writes the examples of a trial.
 *
 * @returns undefined where the signal was aborted before all were written
 */
export async function synthesize(input: SynthesisInput): Promise<Synthesized | undefined> {
  const { data, ...rest } = input;
  const source = await atSource(input);
  const examples = source && (await write(source.kept, { ...rest, objective: data.objective }));
  if (source === undefined || examples === undefined) return undefined;
  return { examples, peak: source.peak };
}

/** The split that training reads. */
export function splitOf(examples: Batch): Split {
  return { size: examples.size, batch: (indices) => rowsOf(examples, indices) };
}

/** Keeps seeds, and trains the discriminator on real examples and written ones. The only part that reads the data. */
export async function atSource(input: SynthesisInput): Promise<{ kept: Kept; peak: MemoryParts } | undefined> {
  const { request, model, source, method, config, data, batchSize, seed, random, turn, signal, fit } = input;
  const { discriminator } = request;
  const { size } = data.train;
  const order = exampleOrder(size, random.fork('synthesis'));
  const seeds = copied(data.train.batch(order(0, Math.min(request.seeds, size))));
  const count = Math.min(discriminator.examples, size);
  const real = copied(data.train.batch(order(seeds.size, count)));
  const writer = new ExampleWriter(model, { ...request, seeds });
  const written: Batch[] = [];
  try {
    for (let made = 0, index = 0; made < count; made += batchSize, index++) {
      await turn.pass();
      if (signal?.aborted) return undefined;
      const take = Math.min(batchSize, count - made);
      written.push(await writer.write(index % seeds.size, take, random.fork(`synthesis/source/${index}`)));
    }
    const { adapter, peak } = await fit({
      model: source.model,
      method: discriminating(method),
      config,
      data: realOrWritten(real, joined(written)),
      options: {
        steps: discriminator.steps,
        learningRate: discriminator.learningRate,
        batchSize,
        seed,
        targets: [...source.targets],
      },
    });
    if (adapter === undefined || signal?.aborted) return undefined;
    const [weights, total] = [peak.weights + writer.bytes, peak.total + writer.bytes];
    return { kept: { seeds, discriminator: adapter, size }, peak: { ...peak, weights, total } };
  } finally {
    writer.dispose();
  }
}

/**
 * Writes until the discriminator has taken as many for real, p(real) > p(written), as the data has; when patience is at
 * its end the likeliest of the others make up the number. It is not handed the data.
 */
export async function write(
  { seeds, discriminator, size }: Kept,
  input: Omit<SynthesisInput, 'data' | 'fit'> & Pick<TaskData, 'objective'>,
): Promise<Batch | undefined> {
  const { request, model, source, method, batchSize, random, turn, signal, emit } = input;
  const wanted = Math.min(size, request.examples);
  const writer = new ExampleWriter(model, { ...request, seeds });
  const judge = restore(source.model, discriminating(method), discriminator);
  const access = judge.access();
  const accepted: Batch[] = [];
  const refused: { margin: number; row: Batch }[] = [];
  let [kept, candidates] = [0, 0];
  const report = (filled: number) => emit({ type: 'synthesis', step: 0, kept, wanted, candidates, filled });
  try {
    for (let index = 0; kept < wanted && candidates < request.patience * wanted; index++) {
      await turn.pass();
      if (signal?.aborted) return undefined;
      const batch = await writer.write(index % seeds.size, batchSize, random.fork(`synthesis/${index}`));
      const { logits } = onTensors(judging);
      const verdict = await toMatrix(tf.tidy(() => logits(source.model.config, batch, access, batch.size)));
      const margins = Array.from({ length: batch.size }, (_, row) => verdict.get(row, 1) - verdict.get(row, 0));
      const real = [...margins.keys()].filter((row) => margins[row]! > 0).slice(0, wanted - kept);
      const rest = [...margins.keys()].filter((row) => margins[row]! <= 0);
      refused.push(...rest.map((row) => ({ margin: margins[row]!, row: rowsOf(batch, [row]) })));
      candidates += batch.size;
      kept += real.length;
      if (real.length > 0) accepted.push(rowsOf(batch, real));
      await report(0);
    }
    // Fill up with the refused examples that are likeliest to be real.
    const best = refused.sort((a, b) => b.margin - a.margin).slice(0, wanted - kept);
    if (best.length > 0) await report(best.length);
    accepted.push(...best.map(({ row }) => row));
    return joined(accepted);
  } finally {
    writer.dispose();
    judge.dispose();
  }
}

/** Classes: 0 is written, 1 is real. */
function realOrWritten(real: Batch, written: Batch): TaskData {
  const both = joined([written, real]);
  const split: Split = {
    size: both.size,
    batch(indices) {
      const rows = rowsOf(both, indices);
      return { ...rows, targets: Int32Array.from(indices, (index) => (index < written.size ? 0 : 1)) };
    },
  };
  const few = { ...split, size: 1 };
  return { objective: judging.name, classes: 2, train: split, validation: few, test: few };
}

const copied = (batch: Batch): Batch => joined([batch]);

/** Numbers of an example in `targets`: one for each token, or one. */
const perExample = ({ targets, size }: Batch): number => targets.length / size;

function rowsOf(batch: Batch, indices: readonly number[]): Batch {
  const take = (values: Int32Array, width: number) =>
    Int32Array.from({ length: indices.length * width }, (_, at) => {
      const row = Math.floor(at / width);
      return values[indices[row]! * width + (at % width)]!;
    });
  return {
    size: indices.length,
    sequence: batch.sequence,
    inputs: take(batch.inputs, batch.sequence),
    targets: take(batch.targets, perExample(batch)),
    lengths: take(batch.lengths, 1),
  };
}

function joined(batches: readonly Batch[]): Batch {
  const all = (pick: (batch: Batch) => Int32Array) => Int32Array.from(batches.flatMap((batch) => [...pick(batch)]));
  return {
    size: batches.reduce((sum, { size }) => sum + size, 0),
    sequence: batches[0]!.sequence,
    inputs: all(({ inputs }) => inputs),
    targets: all(({ targets }) => targets),
    lengths: all(({ lengths }) => lengths),
  };
}
