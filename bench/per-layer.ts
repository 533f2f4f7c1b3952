import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Tokenizer } from '@huggingface/tokenizers';
import { MIB } from '@rankforge/contracts';
import {
  createRandom,
  type Engine,
  type Execution,
  findMethod,
  findOptimizer,
  initialValues,
  LoadedBase,
  layerNames,
  modelConfigSchema,
  openEngine,
  predictMemory,
  type TaskData,
  train,
} from '@rankforge/peft';
import { findTask } from '@rankforge/tasks';
import type { Bench, Cell } from './bench.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const [batchSize, sequence, rank, steps] = [2, 64, 32, 3];

/** Llama with a head of its own; three million numbers. */
const config = modelConfigSchema.parse({
  architecture: 'llama',
  vocabularySize: 1024,
  contextLength: sequence,
  width: 192,
  layers: 6,
  heads: 4,
  keyHeads: 4,
  headWidth: 48,
  mlpWidth: 512,
  normEpsilon: 1e-5,
  rotary: { base: 10_000, scaling: { kind: 'none' } },
  biases: { projections: false, output: false, mlp: false },
  tied: false,
});

const ways: readonly (readonly [optimizer: string, execution: Execution])[] = [
  ['adamw', 'tree'],
  ['adamw', 'perLayer'],
  ['adam-8bit', 'perLayer'],
  ['galore', 'tree'],
  ['galore', 'perLayer'],
  ['galore-8bit', 'perLayer'],
];

const bench: Bench = {
  title: 'Peak of a training step of all weights, updated after the backward pass and in it (MiB)',
  async run() {
    const engine = await openEngine('wasm');
    const data = await mobyDick();
    const rows: Cell[][] = [];
    for (const [optimizer, execution] of ways) rows.push(await row(optimizer, execution, { engine, data }));
    return {
      columns: [
        ...['optimizer', 'execution', 'predicted', 'measured', 'off by'],
        ...['weights', 'optimizer state', 'gradients', 'activations', 'workspace', 'step ms'],
      ],
      rows,
      notes: [
        `Llama of width ${config.width}, ${config.layers} blocks and an untied head, full fine-tuning on moby-dick, batch ${batchSize} x ${sequence} tokens, rank ${rank}, wasm.`,
        `Step: the median of ${steps}; a step that moves a subspace is slower.`,
      ],
    };
  },
};
export default bench;

async function row(
  name: string,
  execution: Execution,
  { engine, data }: { engine: Engine; data: TaskData },
): Promise<Cell[]> {
  const recipe = findOptimizer(name);
  const optimizer = recipe.build(recipe.config.parse(recipe.usesRank ? { rank } : {}));
  const method = findMethod('full-ft');
  const targets = layerNames(config);
  const model = new LoadedBase({ config, values: initialValues(config, createRandom(1)), tokenizer: null });
  const options = { clipNorm: null, steps, batchSize, targets, learningRate: 1e-3, execution };
  const { peak, stepSeconds } = await train({ engine, model, method, config: {}, optimizer, data, options });
  model.dispose();
  const predicted = predictMemory({
    model: config,
    method,
    config: {},
    optimizer,
    targets,
    batchSize,
    sequence,
    execution,
  });
  const { weights, optimizer: state, gradients, activations, workspace, total } = peak;
  const off = `${(100 * (predicted.total / total - 1)).toFixed(1)} %`;
  const parts = [weights, state, gradients, activations, workspace].map(mebibytes);
  return [name, execution, mebibytes(predicted.total), mebibytes(total), off, ...parts, Math.round(1000 * stepSeconds)];
}

const mebibytes = (bytes: number): string => (bytes / MIB).toFixed(1);

/** With one batch to validate on: a bench reads no score. The tokenizer is that of the demo's base. */
async function mobyDick(): Promise<TaskData> {
  const folder = join(process.env.RANKFORGE_MODELS_DIR ?? join(root, 'models'), 'nano-sotu');
  const tokenizer = new Tokenizer(JSON.parse(await readFile(join(folder, 'tokenizer.json'), 'utf8')), {});
  const encode = (text: string) => tokenizer.encode(text, { add_special_tokens: false }).ids;
  const data = await findTask('moby-dick')!.load({ encode, sequenceLength: sequence });
  return { ...data, validation: { ...data.validation, size: 1 } };
}
