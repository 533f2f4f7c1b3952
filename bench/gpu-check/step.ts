/** @file Program `step.js ENGINE ENGINES_FOLDER SHAPE`: a few LoRA steps on random tokens, as JSON. A process has one engine. */
import {
  createRandom,
  engineNames,
  findMethod,
  findOptimizer,
  initialValues,
  LoadedBase,
  openEngine,
  presetConfig,
  type Split,
  train,
} from '@rankforge/peft';
import { percentile } from '../bench.js';
import { shapes } from './shapes.js';

const steps = 9;
/** The first steps compile and upload. */
const warmUp = 3;
const vocabulary = 512;

const [name, enginesFolder, wanted] = process.argv.slice(2);
const engineName = engineNames.find((each) => each === name);
const shape = shapes.find((each) => each.name === wanted);
if (!engineName || !shape) throw new Error('usage: step.js ENGINE ENGINES_FOLDER SHAPE');

const { width, heads, layers, batchSize, sequence } = shape;
const engine = await openEngine(engineName, { enginesFolder });
const config = {
  ...presetConfig('nano', vocabulary),
  width,
  heads,
  layers,
  mlpWidth: 4 * width,
  contextLength: sequence,
};
const model = new LoadedBase({ config, values: initialValues(config, createRandom(1)), tokenizer: null });
const adamw = findOptimizer('adamw');
const stepMs: number[] = [];
const losses: number[] = [];
await train({
  engine,
  model,
  method: findMethod('lora'),
  config: { rank: 8 },
  optimizer: adamw.build(adamw.config.parse({})),
  data: {
    objective: 'language-modelling',
    train: randomTokens(batchSize * 4, 2),
    validation: randomTokens(1, 3),
    test: randomTokens(1, 4),
  },
  options: { steps, batchSize, targets: ['query', 'value'], learningRate: 1e-3, seed: 0 },
  onEvent(event) {
    if (event.type !== 'step') return;
    losses.push(event.loss);
    stepMs.push((batchSize * sequence * 1000) / event.tokensPerSecond);
  },
});
const { device, capabilities } = engine;
const median = percentile(stepMs.slice(warmUp), 0.5);
console.log(JSON.stringify({ device, isAccelerator: capabilities.accelerator, stepMs: median, losses }));

function randomTokens(size: number, seed: number): Split {
  const random = createRandom(seed);
  const examples = Array.from({ length: size }, () =>
    Int32Array.from({ length: sequence + 1 }, () => random.integer(vocabulary)),
  );
  return {
    size,
    batch(indices) {
      const shifted = (by: number) =>
        Int32Array.from(indices.flatMap((index) => [...examples[index]!.subarray(by, by + sequence)]));
      const lengths = new Int32Array(indices.length).fill(sequence);
      return { size: indices.length, sequence, inputs: shifted(0), targets: shifted(1), lengths };
    },
  };
}
