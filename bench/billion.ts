import { fileURLToPath } from 'node:url';
import { MIB } from '@rankforge/contracts';
import { type BackendName, predictMemory } from '@rankforge/peft';
import { execa } from 'execa';
import type { Bench, Cell } from './bench.js';
import {
  batchSize,
  config,
  type Measured,
  type Order,
  options,
  rank,
  sequence,
  steps,
  trial,
} from './billion/trial.js';
import { absent, enginesFolder } from './support/torch.js';

const program = fileURLToPath(new URL('./billion/train.js', import.meta.url));

/** Bytes that neither the prediction nor the tensors nor the process may exceed, and the share by which the first two may differ. */
const budget = 3 * 1024 * MIB;
const tolerance = 0.01;

const bench: Bench = {
  title: 'LoRA on a Llama of 1.24 billion parameters in 4 bits within 3 GiB (MiB)',
  async run() {
    const reason = await absent('tensorflow');
    const rows: Cell[][] = [];
    const differences: string[] = [];
    for (const engine of reason === undefined ? (['tensorflow', 'wasm'] as const) : (['wasm'] as const)) {
      const predicted = predictMemory({ ...trial, ...options, model: config, batchSize, sequence, engine }).total;
      const measured = await trained(engine);
      rows.push(rowOf(engine, predicted, measured));
      differences.push(...wrong(engine, predicted, measured));
    }
    return {
      columns: [
        'engine',
        'predicted',
        'tensors',
        'off by',
        'weights',
        'trained',
        'activations',
        'workspace',
        'process',
        'first step s',
        's a step',
        'losses',
      ],
      rows,
      notes: [
        `Random weights in the shapes of Llama-3.2-1B, kernels in ${options.baseDtype}, tables and norms in float32; LoRA of rank ${rank} on all layers, blocks run again, a batch of ${batchSize} x ${sequence} tokens, ${steps} steps.`,
        'Trained: adapters, their gradients and the state of the optimizer. Process: the most memory that it had, code and the heap of JavaScript included. First step: with making, packing and uploading the base.',
        ...(reason === undefined ? [] : [reason]),
      ],
      differences,
    };
  },
};
export default bench;

/** Trains in a process of its own: one has one engine, and its memory is this training's alone. */
async function trained(engine: BackendName): Promise<Measured> {
  const order: Order = { engine, enginesFolder };
  const { stdout } = await execa(process.execPath, [program, JSON.stringify(order)], { stderr: 'inherit' });
  return JSON.parse(stdout.trim().split('\n').at(-1) as string) as Measured;
}

function rowOf(engine: BackendName, predicted: number, { peak, resident, losses, seconds }: Measured): Cell[] {
  const mebibytes = (bytes: number) => (bytes / MIB).toFixed(1);
  const [first, ...later] = seconds;
  return [
    engine,
    mebibytes(predicted),
    mebibytes(peak.total),
    `${(100 * (predicted / peak.total - 1)).toFixed(2)} %`,
    mebibytes(peak.weights),
    mebibytes(peak.adapters + peak.gradients + peak.optimizer),
    mebibytes(peak.activations),
    mebibytes(peak.workspace),
    resident === undefined ? null : mebibytes(resident),
    (first as number).toFixed(0),
    (later.reduce((sum, each) => sum + each, 0) / later.length).toFixed(1),
    losses.map((loss) => loss.toFixed(4)).join(' '),
  ];
}

function wrong(engine: BackendName, predicted: number, { peak, resident = 0 }: Measured): string[] {
  const said = `${engine}: predicted ${predicted} bytes, tensors held ${peak.total}, the process ${resident}`;
  return [
    ...(Math.abs(predicted / peak.total - 1) > tolerance ? [`${said}: off by more than ${100 * tolerance} %`] : []),
    ...(Math.max(predicted, peak.total, resident) > budget ? [`${said}: more than ${budget}`] : []),
  ];
}
