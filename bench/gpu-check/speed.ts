/** @file Time of one LoRA step by width: wasm, the cores, and a GPU, each in a process of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environmentOn } from '@rankforge/worker';
import { percentile } from '../bench.js';
import { type StepOrder, type StepTimes, stepTimes } from '../engines/order.js';
import { shapes, writeModel } from '../engines/shapes.js';
import type { Subject } from './machine.js';
import type { Findings } from './report.js';

/** Losses of a few steps in float32 differ by rounding alone; those of many drift apart. */
const lossTolerance = 1e-3;
const mostSteps = 12;

/** The first steps compile and upload. */
const warmUp = 3;
const medianMs = ({ wallMs }: StepTimes) => percentile(wallMs.slice(warmUp), 0.5);

export async function speed(subject: Subject): Promise<Findings> {
  const cores = environmentOn({ kind: 'host' });
  const ways = [
    { name: 'wasm, 1 core', engine: 'wasm' as const, env: cores },
    { name: 'tensorflow, cores', engine: 'tensorflow' as const, env: cores },
    ...(subject.kind === 'gpu'
      ? [{ name: 'tensorflow, GPU', engine: 'tensorflow' as const, env: subject.environment }]
      : []),
  ];
  const problems: string[] = [];
  const rows: string[][] = [];
  const folder = await mkdtemp(join(tmpdir(), 'rankforge-gpu-check-'));
  try {
    for (const { name: shape, ...sizes } of shapes) {
      const order: Omit<StepOrder, 'engine'> = {
        ...training,
        batch: sizes.batch,
        sequence: sizes.sequence,
        steps: Math.min(mostSteps, sizes.steps),
        folder: await writeModel({ name: shape, ...sizes }, folder),
        enginesFolder: subject.folder,
      };
      const times: StepTimes[] = [];
      for (const { name, engine, env } of ways) {
        const step = await stepTimes({ ...order, engine }, env);
        times.push(step);
        if (name.endsWith('GPU') && !step.isAccelerator)
          problems.push(`${shape}: it was given a GPU and computed on ${step.device}`);
        const difference = largestDifference(times[0]!.losses, step.losses);
        if (!(difference <= lossTolerance))
          problems.push(`${shape}, ${name}: losses differ from those of wasm by ${difference}`);
      }
      const ms = times.map(medianMs);
      rows.push([shape, ...ms.map((each) => each.toFixed(each < 10 ? 2 : 0)), `${(ms[0]! / ms.at(-1)!).toFixed(1)} ×`]);
      console.log(`  ${rows.at(-1)!.join('  ')}`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return {
    problems,
    table: [['model, batch', ...ways.map(({ name }) => `${name}, ms a step`), 'last of these against wasm'], ...rows],
    notes: ['LoRA of rank 8 by AdamW in float32 on random tokens; medians after the steps that prepare kernels.'],
  };
}

const training = {
  objective: 'language-modelling',
  method: 'lora',
  optimizer: 'adamw',
  rank: 8,
  products: false,
} as const;

const largestDifference = (expected: readonly number[], found: readonly number[]) =>
  Math.max(...expected.map((loss, step) => Math.abs((found[step] ?? Number.NaN) - loss) / Math.abs(loss)));
