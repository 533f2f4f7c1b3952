import { readFileSync } from 'node:fs';
import {
  countTrainable,
  defaultTorchOptions,
  findMethod,
  findOptimizer,
  predictTorch,
  readShapes,
  type TorchMemory,
} from '@rankforge/peft';
import type { Bench, Cell } from './bench.js';
import { type Bounded, boundsNote, within } from './published/bounds.js';

export interface LitgptRun {
  table: string;
  model: string;
  method: string;
  rank?: number;
  dtype: 'bfloat16' | 'nf4';
  batch: number;
  sequence: number;
  /** Parameters that the table says are trained. */
  trained?: number;
  /** In 10⁹ bytes. */
  allocated: number;
  /** bitsandbytes still kept the inputs of all products with packed kernels, which it does no more since 0.43.2. */
  keepsInputs?: boolean;
}

const { models, runs: litgptRuns } = JSON.parse(
  readFileSync(new URL('../../bench/published/litgpt.json', import.meta.url), 'utf8'),
) as { models: Record<string, Shapes>; runs: LitgptRun[] };

interface Shapes {
  hidden_size: number;
  intermediate_size: number;
  num_hidden_layers: number;
  num_attention_heads: number;
  num_key_value_heads: number;
}

const GB = 1e9;
/** Share by which a peak may be off before it is a difference; those of bitsandbytes have 0.06, for what was not traced. */
const tolerance = 0.05;
const common = { model_type: 'llama', hidden_act: 'silu', rms_norm_eps: 1e-5, tie_word_embeddings: false };
const optimizer = findOptimizer('adamw');

const bench: Bench = {
  title: 'Allocated peak of trainings by LitGPT: ours from shapes alone, and as published (GB)',
  async run() {
    const differences: string[] = [];
    const bounded: Bounded[] = [];
    const rows = litgptRuns.map((run): Cell[] => {
      const { memory, intervals, counted } = predictAllocated(run);
      if (run.trained !== undefined && run.trained !== counted) {
        differences.push(`${run.model}: ${counted} trained, published ${run.trained}`);
      }
      const beside = besideOf(run);
      const besides = beside.projections + beside.inputs;
      const ours = memory.total + besides;
      const { low, high } = intervals.allocated;
      bounded.push({ of: { low: low + besides, high: high + besides }, predicted: ours, measured: GB * run.allocated });
      const { weights, adapters, gradients, optimizer, activations, workspace } = memory;
      const held = weights + adapters + gradients + optimizer;
      const parts = [held, activations, beside.projections, beside.inputs, workspace, ours].map((bytes) =>
        (bytes / GB).toFixed(2),
      );
      const share = ours / GB / run.allocated - 1;
      const off = `${(100 * share).toFixed(1)} %`;
      if (Math.abs(share) > (run.keepsInputs ? 0.06 : tolerance)) differences.push(`${run.model}: off by ${off}`);
      const { model, method, dtype, batch, sequence } = run;
      return [
        `${model}, ${method}`,
        dtype,
        `${batch} x ${sequence}`,
        ...parts,
        run.allocated.toFixed(2),
        off,
        within(bounded.at(-1)!),
      ];
    });
    return {
      columns: [
        ...['run', 'base', 'tokens', 'held', 'activations', 'one product', 'inputs of 4-bit products', 'workspace'],
        ...['predicted', 'published', 'off by', 'within'],
      ],
      rows,
      notes: [
        boundsNote(bounded),
        'Adapters in the type of the model, dropout of 0.05, gradients accumulated, no mask, a loss of logits in the type of the model.',
        'One product: LitGPT makes queries, keys and values at once, and the values that attention keeps hold the storage of all.',
        'Inputs: bitsandbytes kept those of its 4-bit products until 0.43.2 (its pull request 1270); what is left of these two runs was not traced.',
      ],
      differences,
    };
  },
};
export default bench;

export { litgptRuns };

/** The `config.json` of a run's model. */
export const configOf = ({ model, sequence }: LitgptRun) => ({
  ...common,
  max_position_embeddings: sequence,
  ...models[model],
});

/** The bytes of a run by the library alone, without what LitGPT does that transformers do not. */
export function predictAllocated(run: LitgptRun): Pick<TorchMemory, 'memory' | 'intervals'> & { counted: number } {
  const model = readShapes(configOf(run));
  const method = findMethod(run.method);
  const trial = {
    model,
    method,
    config: method.config.parse(run.rank === undefined ? {} : { rank: run.rank }),
    targets: ['query', 'value'],
    optimizer: optimizer.build(optimizer.config.parse({})),
  };
  const options = {
    ...defaultTorchOptions,
    dtype: run.dtype,
    // LitGPT leaves what is not packed in 16 bits.
    prepared: false,
    adapters: 'model',
    padded: false,
    logits: 'model',
  } as const;
  const predicted = predictTorch({
    ...trial,
    batchSize: run.batch,
    sequence: run.sequence,
    accumulate: 2,
    dropout: run.method === 'lora' ? 0.05 : 0,
    options,
  });
  return { ...predicted, counted: countTrainable(trial) };
}

/** Bytes that LitGPT keeps and transformers with a present bitsandbytes do not. */
function besideOf({ model, batch, sequence, keepsInputs = false }: LitgptRun): { projections: number; inputs: number } {
  const {
    hidden_size: width,
    intermediate_size: inner,
    num_hidden_layers: blocks,
    num_attention_heads: heads,
    num_key_value_heads: keyHeads,
  } = models[model]!;
  const rows = 2 * batch * sequence * blocks;
  return {
    // Queries and keys as they were before they are turned.
    projections: rows * (width + (width * keyHeads) / heads),
    // The outputs of both norms of a block and the input of the last product in its second half are kept by no other operation.
    inputs: keepsInputs ? rows * (2 * width + inner) : 0,
  };
}
