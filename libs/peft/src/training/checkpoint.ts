/**
 * @file Everything a trial needs to go on as if it had not been interrupted, as a safetensors file. Orders of examples
 * and dropout masks are functions of the seed and the step, so the step is all there is of randomness.
 */
import { z } from 'zod';
import { readSafetensors, writeSafetensors } from '../io/safetensors.js';
import type { HostTensor, OptimizerState } from '../method.js';
import { toDevice, toHost } from '../tensor/host.js';
import { parseMetadata } from './adapter.js';
import type { StoredTrial } from './first-values.js';
import type { TrialModel } from './inject.js';
import type { StepState } from './step.js';

const progressSchema = z.object({
  format: z.literal('rankforge-checkpoint-1'),
  /** Steps that are done. */
  step: z.int().min(0),
  /** Identifies method, configuration and options: a checkpoint continues the trial it was taken of and no other. */
  trial: z.string(),
  /** Rank of each targeted layer by path, where ranks were allocated. */
  ranks: z.record(z.string(), z.int().min(0)).optional(),
});

const sections = ['tensors', 'first', 'optimizer', 'rank'] as const;
type Section = (typeof sections)[number];

export interface Checkpoint extends StoredTrial {
  step: number;
  state: StepState;
}

export async function writeCheckpoint(
  trial: TrialModel,
  state: StepState,
  { step, identity }: { step: number; identity: string },
): Promise<Uint8Array> {
  const stored: Record<Section, ReadonlyMap<string, HostTensor>> = {
    tensors: await toHost(new Map([...trial.trained(), ...trial.frozen()])),
    first: trial.first(),
    optimizer: await toHost(new Map(Object.entries(state.optimizer))),
    rank: await toHost(new Map(Object.entries(state.rank))),
  };
  const tensors = new Map(
    sections.flatMap((section) => [...stored[section]].map(([name, value]) => [`${section}:${name}`, value] as const)),
  );
  return writeSafetensors(tensors, {
    progress: JSON.stringify({
      format: 'rankforge-checkpoint-1',
      step,
      trial: identity,
      ranks: trial.plan.ranks,
    }),
  });
}

/**
 * Reads a checkpoint; the state's tensors are on the device and the caller's.
 *
 * @throws SafetensorsError if the bytes are not a checkpoint
 * @throws Error if it was taken of another trial
 */
export function readCheckpoint(bytes: Uint8Array, identity: string): Checkpoint {
  const { tensors, metadata } = readSafetensors(bytes, 'checkpoint');
  const { step, trial, ranks } = parseMetadata(metadata, 'progress', progressSchema, 'checkpoint');
  if (trial !== identity) {
    throw new Error(`The checkpoint was taken of another trial: it says ${trial}, this one is ${identity}`);
  }
  const section = (name: Section): Map<string, HostTensor> =>
    new Map(
      [...tensors]
        .filter(([path]) => path.startsWith(`${name}:`))
        .map(([path, value]) => [path.slice(name.length + 1), value]),
    );
  const onDevice = (name: Section): OptimizerState =>
    Object.fromEntries([...section(name)].map(([path, value]) => [path, toDevice(value)]));
  return {
    step,
    tensors: section('tensors'),
    first: section('first'),
    ranks,
    state: { optimizer: onDevice('optimizer'), rank: onDevice('rank') },
  };
}
