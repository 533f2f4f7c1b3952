import { enginesFolder } from '@rankforge/cli';
import { MIB } from '@rankforge/contracts';
import {
  attentions,
  type BackendName,
  baseDtypes,
  checkpointings,
  createRandom,
  type Engine,
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
import { type LowerMemoryBar, lowerMemoryPicture } from './support/lower-memory-picture.js';
import { writePicture } from './support/picture.js';

const [batchSize, sequence, rank, vocabularySize] = [1, 512, 8, 1024];

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
const targets = layerNames(config);
const adamw = findOptimizer('adamw');
const optimizer = adamw.build(adamw.config.parse({}));

/** All combinations: full fine-tuning trains kernels, so that it has none of packed ones. */
const ways = [
  { name: 'full-ft', dtypes: ['float32'] as const },
  { name: 'lora', dtypes: baseDtypes },
].flatMap(({ name, dtypes }) =>
  dtypes.flatMap((baseDtype) =>
    attentions.flatMap((attention) =>
      checkpointings.map((checkpointing) => ({ name, options: { baseDtype, attention, checkpointing } })),
    ),
  ),
);

/** Share by which a peak may be off from what is predicted before it is a difference. */
const tolerance = 0.01;

const bench: Bench = {
  title: 'Peak of one model under all options that lower it (MiB)',
  async run() {
    const name = (process.env.RANKFORGE_BENCH_ENGINE ?? 'wasm') as BackendName;
    const engine = await openEngine(name, { enginesFolder: enginesFolder() });
    const bars: LowerMemoryBar[] = [];
    for (const way of ways) bars.push(await barOf(engine, way));
    const picture = await writePicture('lower-memory.svg', lowerMemoryPicture(bars));
    const differences = bars
      .filter(({ predicted, measured }) => Math.abs(predicted / measured.total - 1) > tolerance)
      .map(({ label, predicted, measured }) => `${label}: predicted ${predicted} bytes, held ${measured.total}`);
    return {
      columns: [
        ...['method', 'baseDtype', 'attention', 'checkpointing', 'predicted', 'measured', 'off by'],
        ...['weights', 'adapters, gradients and state', 'activations', 'workspace'],
      ],
      rows: bars.map(cellsOf),
      differences,
      notes: [
        `Llama of width ${config.width} with ${config.layers} blocks, adapters of rank ${rank} on all layers, AdamW, batch ${batchSize} x ${sequence} tokens, one step, ${name}.`,
        picture,
      ],
    };
  },
};
export default bench;

type Way = (typeof ways)[number];

async function barOf(engine: Engine, { name, options }: Way): Promise<LowerMemoryBar> {
  const method = findMethod(name);
  const own = method.config.parse(method.usesRank ? { rank } : {});
  const random = createRandom(2);
  const text = Array.from({ length: sequence + 1 }, () => random.integer(vocabularySize));
  const model = new LoadedBase({ config, values: initialValues(config, createRandom(1)), tokenizer: null });
  const data = fromRows(model, {
    objective: 'language-modelling',
    train: [{ text }],
    validation: [{ text }],
    sequenceLength: sequence,
  });
  const trial = { method, config: own, optimizer };
  const { peak } = await train({
    ...trial,
    engine,
    model,
    data,
    options: { steps: 1, batchSize, targets, learningRate: 1e-3, ...options },
  });
  model.dispose();
  const { total: predicted } = predictMemory({
    ...trial,
    ...options,
    model: config,
    targets,
    batchSize,
    sequence,
    engine: engine.name,
  });
  const { baseDtype, attention, checkpointing } = options;
  const usual = { baseDtype: 'float32', attention: 'whole', checkpointing: 'none' };
  const unusual = [
    baseDtype === usual.baseDtype ? [] : [baseDtype],
    attention === usual.attention ? [] : ['chunked attention'],
    checkpointing === usual.checkpointing ? [] : ['checkpointing'],
  ].flat();
  return {
    label: [name, ...unusual].join(' + '),
    settings: [name, baseDtype, attention, checkpointing],
    predicted,
    measured: peak,
  };
}

const mebibytes = (bytes: number): string => (bytes / MIB).toFixed(1);

function cellsOf({ settings, predicted, measured }: LowerMemoryBar): Cell[] {
  const { weights, adapters, gradients, optimizer: state, activations, workspace, total } = measured;
  const parts = [weights, adapters + gradients + state, activations, workspace].map(mebibytes);
  const off = `${(100 * (predicted / total - 1)).toFixed(2)} %`;
  return [...settings, mebibytes(predicted), mebibytes(total), off, ...parts];
}
