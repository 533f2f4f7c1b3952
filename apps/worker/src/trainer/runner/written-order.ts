/** @file A training as a runner is told of it: its files written where both read them. */
import type { RunnerRun } from '@rankforge/contracts';
import type { RunnerTraining } from '@rankforge/peft';
import type { RunnerOrder } from './runner-process.js';
import type { Workplace } from './workplace.js';

type Given = Pick<RunnerRun, 'base' | 'steps' | 'microBatch' | 'seed'> & {
  threads: number;
  /** The device that it computes on. Default: the cores. */
  on?: Omit<RunnerRun['device'], 'threads'>;
};
/** When it is scored and kept; omitted: at its end alone, from its first step, with as many bytes as it takes. */
type Further = Partial<
  Pick<RunnerRun, 'accumulate' | 'budgetBytes' | 'evaluateEvery' | 'checkpointEvery' | 'devices'>
> & {
  /** A checkpoint to go on from. */
  resume?: Uint8Array | undefined;
};

export async function writtenOrder(
  ordered: RunnerTraining,
  workplace: Workplace,
  { threads, on = { kind: 'cpu', uuid: null }, resume, ...given }: Given & Further,
): Promise<RunnerOrder> {
  const { settings, ...optimizer } = ordered.optimizer;
  return {
    type: 'run',
    accumulate: 1,
    budgetBytes: Number.MAX_SAFE_INTEGER,
    evaluateEvery: null,
    checkpointEvery: null,
    ...given,
    task: { loss: ordered.loss, outputs: ordered.outputs },
    adapter: await workplace.writeFolder('adapter', ordered.adapter),
    data: {
      train: await workplace.write('train.safetensors', ordered.train),
      validation: await workplace.write('validation.safetensors', ordered.validation),
    },
    plan: await workplace.write('plan.json', JSON.stringify({ batches: ordered.batches, rates: ordered.rates })),
    optimizer: { ...settings, ...optimizer },
    clipNorm: ordered.clipNorm,
    device: { ...on, threads: threadsOf(threads, given.devices) },
    resume: resume ? await workplace.write('resume', resume) : null,
    workdir: workplace.workdir,
  };
}

/** Threads of each process of an order. */
export const threadsOf = (threads: number, devices = 1): number => Math.max(1, Math.floor(threads / devices));
