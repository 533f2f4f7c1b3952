/**
 * @file Everything a trial needs to go on as if it had not been interrupted, as a safetensors file. Orders of examples
 * and dropout masks are functions of the seed and the step, so the step is all there is of randomness.
 */
import { z } from 'zod';
import { toJson } from '../io/json.js';
import { readStates, writeSafetensors } from '../io/safetensors.js';
import type { HostState, HostTensor, OptimizerState } from '../method.js';
import type { Batch } from '../objectives/data.js';
import { stateToHost, toDevice, toHost } from '../tensor/host.js';
import { parseMetadata } from './adapter.js';
import { requireFinite } from './diverged.js';
import type { StoredTrial } from './first-values.js';
import type { StepState } from './step-input.js';
import type { TrialModel } from './trial.js';

const progressSchema = z.object({
  format: z.literal('rankforge-checkpoint-1'),
  /** Steps that are done. */
  step: z.int().min(0),
  /** Identifies method, configuration and options: a checkpoint continues the trial it was taken of and no other. */
  trial: z.string(),
  /** Rank of each targeted layer by path, where ranks were allocated. */
  ranks: z.record(z.string(), z.int().min(0)).optional(),
  /** State of the driver, where it keeps any. */
  driver: z.unknown().optional(),
});

const sections = ['tensors', 'first', 'before', 'optimizer', 'rank', 'recipe', 'written'] as const;
type Section = (typeof sections)[number];

export interface Checkpoint extends StoredTrial {
  step: number;
  state: StepState;
  /** Examples that the trial wrote, where it trains on such. */
  written?: Batch;
  /** State of the driver, where one was kept. */
  driver: unknown;
}

/** @throws DivergedError if a tensor of the trial or its state is not finite, and names it */
export async function writeCheckpoint(
  trial: TrialModel,
  state: StepState,
  {
    step,
    identity,
    written,
    driver,
  }: { step: number; identity: string; written?: Batch | undefined; driver?: unknown },
): Promise<Uint8Array> {
  const stored: Record<Section, ReadonlyMap<string, HostState>> = {
    tensors: await toHost(new Map([...trial.trained(), ...trial.frozen()])),
    first: trial.first(),
    before: await toHost(trial.reference()),
    optimizer: await stateToHost(new Map(Object.entries(state.optimizer))),
    rank: await toHost(new Map(Object.entries(state.rank))),
    recipe: new Map(
      Object.entries(state.recipe ?? {}).map(([name, values]) => [name, { shape: [values.length], values }]),
    ),
    written: written ? tensorsOf(written) : new Map(),
  };
  for (const section of sections) requireFinite(stored[section], step);
  const tensors = new Map(
    sections.flatMap((section) => [...stored[section]].map(([name, value]) => [`${section}:${name}`, value] as const)),
  );
  return writeSafetensors(tensors, {
    progress: toJson({
      format: 'rankforge-checkpoint-1',
      step,
      trial: identity,
      ranks: trial.plan.ranks,
      driver,
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
  const { tensors, metadata } = readStates(bytes, 'checkpoint');
  const { step, trial, ranks, driver } = parseMetadata(metadata, 'progress', progressSchema, 'checkpoint');
  if (trial !== identity) {
    throw new Error(`The checkpoint was taken of another trial: it says ${trial}, this one is ${identity}`);
  }
  const section = <T extends HostState = HostTensor>(name: Section): Map<string, T> =>
    new Map(
      [...tensors]
        .filter(([path]) => path.startsWith(`${name}:`))
        .map(([path, value]) => [path.slice(name.length + 1), value as T]),
    );
  const onDevice = (name: Section): OptimizerState =>
    Object.fromEntries([...section<HostState>(name)].map(([path, value]) => [path, toDevice(value)]));
  const recipe = section('recipe');
  return {
    step,
    tensors: section('tensors'),
    first: section('first'),
    before: section('before'),
    ranks,
    driver,
    state: {
      optimizer: onDevice('optimizer'),
      rank: onDevice('rank'),
      ...(recipe.size > 0 && {
        recipe: Object.fromEntries([...recipe].map(([name, { values }]) => [name, values])),
      }),
    },
    ...batchOf(section('written')),
  };
}

/** Token ids are far below the integers that float32 holds exactly. */
function tensorsOf({ size, sequence, inputs, targets, lengths }: Batch): Map<string, HostTensor> {
  const floats = (values: Int32Array, shape: number[]) => ({ shape, values: Float32Array.from(values) });
  return new Map([
    ['inputs', floats(inputs, [size, sequence])],
    ['targets', floats(targets, [targets.length])],
    ['lengths', floats(lengths, [size])],
  ]);
}

function batchOf(tensors: ReadonlyMap<string, HostTensor>): { written?: Batch } {
  const [inputs, targets, lengths] = ['inputs', 'targets', 'lengths'].map((name) => tensors.get(name));
  if (!inputs || !targets || !lengths) return {};
  const [size, sequence] = inputs.shape as [number, number];
  const integers = ({ values }: HostTensor) => Int32Array.from(values);
  return {
    written: { size, sequence, inputs: integers(inputs), targets: integers(targets), lengths: integers(lengths) },
  };
}
