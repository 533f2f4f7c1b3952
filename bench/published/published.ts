/** @file Facts that others published, and what this library says of the same runs. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { optimizers, PeftAdapterError, type PeftExperiment, readExperiment, readModelConfig } from '@rankforge/peft';

/** A run of peft's method comparison; written by carry-over.mjs. */
export interface PublishedRun {
  name: string;
  accelerator: string;
  peft: Record<string, unknown> | null;
  training: {
    dtype: string;
    autocastAdapterDtype: boolean;
    gradientCheckpointing: boolean;
    mixedPrecision: boolean;
    batchSize: number;
    steps: number;
    optimizer: string;
    samples: number;
    tokens: number;
    /** The longest example that is taken; absent where what was reserved is not known. */
    longest?: number;
  };
  trainableParameters: number;
  totalParameters: number;
  /** Bytes that the allocator had reserved after a step: on average, in all but a hundredth of the steps, and at most. */
  reserved?: { average: number; percentile99: number; most: number };
  allocatedBytes: number;
}

/** A count that a paper states for some linear layers, or for a model that is trained in part. */
export interface PaperCount {
  paper: string;
  model: string;
  method: string;
  config: Record<string, unknown>;
  layers?: { count: number; in: number; out: number; role?: 'key' | 'value' | 'down' }[];
  /** A `config.json`, of a method that trains parameters of the model itself. */
  base?: Record<string, unknown>;
  /** The count as printed, e.g. `0.043M` or `18k`. */
  stated: string;
}

const read = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`../../published/${name}`, import.meta.url), 'utf8'));

/** Runs of the fixture, or of a folder of result files. */
export const publishedRuns: readonly PublishedRun[] = runsOf(process.env.RANKFORGE_PUBLISHED_RUNS);
export const paperCounts: readonly PaperCount[] = read<{ counts: PaperCount[] }>('papers.json').counts;

/** The fields of `config.json` of meta-llama/Llama-3.2-3B that decide its shapes. */
export const llamaConfig: object = read('llama-3.2-3b.config.json');
export const llama = readModelConfig(llamaConfig);

function runsOf(folder: string | undefined): PublishedRun[] {
  if (folder === undefined) return read<{ runs: PublishedRun[] }>('llama-3.2-3b.json').runs;
  const script = fileURLToPath(new URL('../../published/carry-over.mjs', import.meta.url));
  return JSON.parse(execFileSync(process.execPath, [script, folder], { encoding: 'utf8' })).runs;
}

/** Bytes of a number of the base. */
export const bytesOf: Readonly<Record<string, number>> = { bfloat16: 2, float16: 2, float32: 4 };

/** A run that this library has, with what it trains in our terms. */
export interface PlacedRun {
  run: PublishedRun;
  own: PeftExperiment & { optimizer: string };
}

/** The runs whose method this library has. */
export function placed(runs: readonly PublishedRun[]): PlacedRun[] {
  return runs.flatMap((run) => {
    const own = ownTerms(run);
    return typeof own === 'string' ? [] : [{ run, own }];
  });
}

/** Names the runs that this library does not have, and why. */
export function absentNote(): string {
  const absent = publishedRuns.flatMap((run) => {
    const own = ownTerms(run);
    return typeof own === 'string' ? [`${run.name} (${own})`] : [];
  });
  return absent.length === 0 ? 'The library has every run.' : `Not in the library: ${absent.join(', ')}.`;
}

/** Optimizers that peft calls otherwise. */
const peftOptimizers: Readonly<Record<string, string>> = { 'lora+': 'lora-plus' };

function ownTerms({ peft, training }: PublishedRun): PlacedRun['own'] | string {
  const optimizer = peftOptimizers[training.optimizer] ?? training.optimizer.toLowerCase();
  if (!optimizers.some(({ name }) => name === optimizer)) return `optimizer ${optimizer}`;
  if (!(training.dtype in bytesOf)) return `a base in ${training.dtype}`;
  try {
    return { ...readExperiment({ model: llama, ...(peft === null ? {} : { config: peft }) }), optimizer };
  } catch (error) {
    if (!(error instanceof PeftAdapterError)) throw error;
    return error.message.replace('adapter_config.json: ', '').split(';')[0]!;
  }
}
