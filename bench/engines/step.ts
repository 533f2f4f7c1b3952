/**
 * @file Steps of one training on one engine, as a program of its own, since a process has one engine and TensorFlow reads the
 * number of its threads once: `node step.js JSON` takes a {@link StepOrder} and prints {@link StepTimes} as JSON.
 */
import { performance } from 'node:perf_hooks';
import {
  type BackendName,
  type Batch,
  findMethod,
  findOptimizer,
  loadBase,
  openEngine,
  type Split,
  type TaskData,
  train,
} from '@rankforge/peft';
import { type StepOrder, type StepTimes, tokensOf } from './order.js';
import { productsMs, recordedProducts } from './products.js';

const order = JSON.parse(process.argv[2] as string) as StepOrder;
const { batch, sequence, objective } = order;
const engine = await openEngine(order.engine as BackendName, {
  enginesFolder: order.enginesFolder,
  threads: order.threads,
});
const model = await loadBase(order.folder);
if (!('vocabularySize' in model.config)) throw new Error(`${order.folder} reads no tokens`);
const tokens = tokensOf(order, model.config.vocabularySize);

/** The same batch whatever is asked for. */
const part = (size: number, by: number) =>
  Int32Array.from({ length: size * sequence }, (_, at) => tokens[at + Math.floor(at / sequence) + by] as number);
const split = (size: number): Split => ({
  size,
  batch: ({ length }): Batch => ({
    size: length,
    sequence,
    inputs: part(length, 0),
    targets: objective === 'classification' ? Int32Array.from({ length }, (_, at) => at % 2) : part(length, 1),
    lengths: new Int32Array(length).fill(sequence),
  }),
});
const data: TaskData = {
  objective,
  ...(objective === 'classification' ? { classes: 2 } : {}),
  train: split(batch),
  validation: split(1),
  test: split(1),
};
const method = findMethod(order.method);
const { config, build } = findOptimizer(order.optimizer);
const rank = { rank: order.rank };
const optimizer = build(config.parse(findOptimizer(order.optimizer).usesRank ? { ...rank, ...order.projection } : {}));

async function run(steps: number): Promise<StepTimes> {
  const times: StepTimes = { wallMs: [], cpuMs: [], losses: [] };
  let [wall, cpu] = [performance.now(), process.cpuUsage()];
  await train({
    engine,
    model,
    method,
    config: method.usesRank ? rank : {},
    optimizer,
    data,
    options: {
      steps,
      batchSize: batch,
      targets: ['query', 'value'],
      learningRate: 1e-3,
      seed: 0,
      schedule: 'constant',
      clipNorm: null,
      ...order.options,
    },
    onEvent(event) {
      if (event.type !== 'step') return;
      const used = process.cpuUsage(cpu);
      times.wallMs.push(performance.now() - wall);
      times.cpuMs.push((used.user + used.system) / 1000);
      times.losses.push(event.loss);
      [wall, cpu] = [performance.now(), process.cpuUsage()];
    },
  });
  return times;
}

const times = await run(order.steps);
times.device = engine.device;
times.isAccelerator = engine.capabilities.accelerator;
if (order.products) times.productsMs = productsMs(await recordedProducts(run));
console.log(JSON.stringify(times));
process.exit(0);
