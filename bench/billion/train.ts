/** @file Trains the model of `billion` on one engine, as a program of its own: `node train.js JSON` takes an {@link Order} and prints {@link Measured}. */
import { performance } from 'node:perf_hooks';
import { createRandom, fromRows, openEngine, train } from '@rankforge/peft';
import { mostResident } from '../support/resident.js';
import { randomBase } from './random-base.js';
import {
  batchSize,
  config,
  type Measured,
  type Order,
  options,
  sequence,
  steps,
  trial,
  vocabularySize,
} from './trial.js';

const { engine: name, enginesFolder } = JSON.parse(process.argv[2] as string) as Order;
const engine = await openEngine(name, { enginesFolder });
const model = randomBase(config);
const random = createRandom(2);
const text = Array.from({ length: sequence + 1 }, () => random.integer(vocabularySize));
const data = fromRows(model, {
  objective: 'language-modelling',
  train: [{ text }],
  validation: [{ text }],
  sequenceLength: sequence,
});
const measured: Omit<Measured, 'peak'> = { losses: [], seconds: [] };
let begun = performance.now();
const { peak } = await train({
  ...trial,
  engine,
  model,
  data,
  options: { ...options, steps, batchSize, learningRate: 1e-3, schedule: 'constant' },
  onEvent(event) {
    if (event.type !== 'step') return;
    measured.losses.push(event.loss);
    measured.seconds.push((performance.now() - begun) / 1000);
    begun = performance.now();
  },
});
measured.resident = await mostResident();
console.log(JSON.stringify({ ...measured, peak } satisfies Measured));
process.exit(0);
