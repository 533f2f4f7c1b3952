/** @file Bytes by part: what a trial is predicted to hold, and what it was measured to hold. */
import { z } from 'zod';

export const memoryParts = ['weights', 'adapters', 'gradients', 'optimizer', 'activations', 'workspace'] as const;
export type MemoryPart = (typeof memoryParts)[number];

const Bytes = z.number().int().nonnegative();

/** Peak bytes of a training on its device, by part. */
export const MemoryByPart = z
  .object({
    weights: Bytes,
    adapters: Bytes,
    gradients: Bytes,
    optimizer: Bytes,
    activations: Bytes,
    workspace: Bytes,
    total: Bytes,
    packed: z.object({ peak: Bytes, resident: Bytes }).optional().meta({
      description:
        'Of a prediction: its peak beside a whole base that several trials share, and what of it stays between its steps.',
    }),
  })
  .meta({ id: 'MemoryByPart', description: 'Bytes at the peak of a training step, by part.' });
export type MemoryByPart = z.infer<typeof MemoryByPart>;

/** The part that holds most bytes. */
export function dominantPart(memory: MemoryByPart): MemoryPart {
  return memoryParts.reduce((largest, part) => (memory[part] > memory[largest] ? part : largest));
}

/** A prediction is called off when the median of measured / predicted leaves 1 by more than this. */
export const predictionTolerance = 0.05;

const Ratio = z.number().nonnegative();

export const MemoryAccuracy = z
  .object({
    rows: z.array(
      z.object({
        method: z.string(),
        engine: z.string(),
        trainings: z.number().int(),
        smallest: Ratio,
        median: Ratio,
        largest: Ratio,
        overBudget: z.number().int().meta({ description: 'Trainings that fitted by prediction and not by measure.' }),
        off: z.boolean().meta({ description: 'The median is further from 1 than the tolerance.' }),
      }),
    ),
    tolerance: z.number(),
  })
  .meta({ id: 'MemoryAccuracy', description: 'Measured peak of trainings divided by the predicted one.' });
export type MemoryAccuracy = z.infer<typeof MemoryAccuracy>;

export const MIB = 1024 * 1024;

const inMib = (bytes: number) => (bytes / MIB).toFixed(1);

/**
 * Why a trial does not fit, in words.
 * @example exceedsBudget('predicted', memory, 11) // 'predicted 17.2 MiB exceed the budget of 11 MiB; largest part: activations (9.1 MiB)'
 */
export function exceedsBudget(how: 'predicted' | 'measured', memory: MemoryByPart, budgetMiB: number): string {
  const part = dominantPart(memory);
  return `${how} ${inMib(memory.total)} MiB exceed the budget of ${budgetMiB} MiB; largest part: ${part} (${inMib(memory[part])} MiB)`;
}

/**
 * Why an engine cannot run a trial, whatever its budget, in words.
 * @example exceedsEngine({ engine: 'wasm', mostBytes: 3840 * MIB }, 6e9) // 'predicted 5722.0 MiB exceed the 3840.0 MiB that …'
 */
export const exceedsEngine = ({ engine, mostBytes }: { engine: string; mostBytes: number }, bytes: number): string =>
  `predicted ${inMib(bytes)} MiB exceed the ${inMib(mostBytes)} MiB that a process of engine ${engine} can hold, under any budget: choose engine tensorflow`;

/**
 * Memory classes in MiB: powers of two. A queue holds the trials of one engine and one class; a worker listens to the
 * classes that fit its device.
 */
export const memoryClassesMiB: readonly number[] = Array.from({ length: 15 }, (_, index) => 64 * 2 ** index);

/**
 * Smallest class that holds `bytes`.
 * @throws RangeError when no class is large enough.
 * @example memoryClassMiB(70 * MIB) // 128
 */
export function memoryClassMiB(bytes: number): number {
  const found = memoryClassesMiB.find((mib) => mib * MIB >= bytes);
  if (found === undefined) {
    throw new RangeError(`no memory class holds ${bytes} bytes; the largest is ${memoryClassesMiB.at(-1)} MiB`);
  }
  return found;
}
