import { enginesFolder } from '@rankforge/cli';
import { MIB } from '@rankforge/contracts';
import {
  createRandom,
  type EngineName,
  findMethod,
  findOptimizer,
  fromRows,
  initialValues,
  LoadedBase,
  layerNames,
  modelConfigSchema,
  openEngine,
  predictMemory,
  train,
} from '@rankforge/peft';
import type { Bench, Cell } from './bench.js';

const [batchSize, sequence, rank, steps, vocabularySize] = [1, 256, 8, 2, 1024];

/** Llama with a head that is its table; nearly all of its 26 million numbers are in kernels. */
const config = modelConfigSchema.parse({
  architecture: 'llama',
  vocabularySize,
  contextLength: sequence,
  width: 512,
  layers: 8,
  heads: 8,
  keyHeads: 8,
  headWidth: 64,
  mlpWidth: 1376,
  normEpsilon: 1e-5,
  rotary: { base: 10_000, scaling: { kind: 'none' } },
  biases: { projections: false, output: false, mlp: false },
  tied: true,
});

const ways = [
  ['full-ft', {}],
  ['full-ft', { checkpointing: 'block' }],
  ['lora', {}],
  ['lora', { checkpointing: 'block' }],
  ['lora', { baseDtype: 'bfloat16' }],
  ['lora', { baseDtype: 'bfloat16', checkpointing: 'block' }],
  ['lora', { baseDtype: 'int8', checkpointing: 'block' }],
  ['lora', { baseDtype: 'nf4' }],
  ['lora', { baseDtype: 'nf4', checkpointing: 'block' }],
] as const;

const mebibytes = (bytes: number): string => (bytes / MIB).toFixed(1);

const bench: Bench = {
  title: 'Peak of one model under the options that lower it (MiB)',
  async run() {
    const { name, engine } = await open();
    const adamw = findOptimizer('adamw');
    const optimizer = adamw.build(adamw.config.parse({}));
    const random = createRandom(2);
    const text = Array.from({ length: 4 * sequence }, () => random.integer(vocabularySize));
    const rows: Cell[][] = [];
    for (const [label, options] of ways) {
      const method = findMethod(label);
      const own = method.config.parse(method.usesRank ? { rank } : {});
      const targets = layerNames(config);
      const model = new LoadedBase({ config, values: initialValues(config, createRandom(1)), tokenizer: null });
      const data = fromRows(model, {
        objective: 'language-modelling',
        train: [{ text }],
        validation: [{ text: text.slice(0, sequence + 1) }],
        sequenceLength: sequence,
      });
      const given = { steps, batchSize, targets, learningRate: 1e-3, ...options };
      const { peak, stepSeconds } = await train({
        engine,
        model,
        method,
        config: own,
        optimizer,
        data,
        options: given,
      });
      model.dispose();
      const predicted = predictMemory({
        ...{ model: config, method, config: own, optimizer, targets, batchSize, sequence, engine: name },
        ...options,
      });
      const { weights, adapters, gradients, optimizer: state, activations, workspace, total } = peak;
      const parts = [weights, adapters + gradients + state, activations, workspace].map(mebibytes);
      const off = `${(100 * (predicted.total / total - 1)).toFixed(2)} %`;
      const said = { baseDtype: 'float32', checkpointing: 'none', ...options };
      const names = [label, said.baseDtype, said.checkpointing];
      rows.push([
        ...names,
        mebibytes(predicted.total),
        mebibytes(total),
        off,
        ...parts,
        Math.round(1000 * stepSeconds),
      ]);
    }
    return {
      columns: [
        ...['method', 'baseDtype', 'checkpointing', 'predicted', 'measured', 'off by'],
        ...['weights', 'adapters, gradients and state', 'activations', 'workspace', 'step ms'],
      ],
      rows,
      notes: [
        `Llama of width ${config.width} with ${config.layers} blocks, adapters of rank ${rank} on all layers, AdamW, batch ${batchSize} x ${sequence} tokens, ${name}.`,
      ],
    };
  },
};
export default bench;

async function open() {
  const name = (process.env.RANKFORGE_BENCH_ENGINE ?? 'wasm') as EngineName;
  return { name, engine: await openEngine(name, { enginesFolder: enginesFolder() }) };
}
