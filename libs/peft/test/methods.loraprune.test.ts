/** @file What LoRAPrune has masked can be cut out of the merged model. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openEngine } from '../src/engine/engine.js';
import { changedParameters } from '../src/export/merged.js';
import type { HostTensor } from '../src/method.js';
import { LoadedBase } from '../src/models/base.js';
import { baseParameters, type ModelConfig } from '../src/models/config.js';
import { hiddenStates } from '../src/models/forward.js';
import { findMethod, findOptimizer } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { readAdapter } from '../src/training/adapter.js';
import { inject } from '../src/training/inject.js';
import { type TrainInput, train } from '../src/training/trainer.js';
import type { TrialModel } from '../src/training/trial.js';
import { expectClose } from './support/close.js';
import { tinyBase, tinyConfig, tinyData } from './support/tiny-model.js';

let base: LoadedBase;
let engine: TrainInput['engine'];
beforeAll(async () => {
  engine = await openEngine('wasm');
  base = tinyBase();
});
afterAll(() => base.dispose());

const method = findMethod('loraprune');

async function trained(targets: readonly ('query' | 'key' | 'value' | 'output' | 'fc_in' | 'fc_out')[]) {
  const config = method.config.parse({ rank: 2, ratio: 0.5, interval: 3, protectedFirst: 0, protectedLast: 0 });
  const { adapter } = await train({
    engine,
    model: base,
    method,
    config,
    optimizer: findOptimizer('adamw').build(findOptimizer('adamw').config.parse({})),
    data: tinyData,
    options: { clipNorm: null, steps: 20, batchSize: 4, learningRate: 1e-2, targets: [...targets] },
  });
  const stored = readAdapter(adapter!);
  const trial = inject({ base, method, config, targets, random: createRandom(0), stored });
  trial.load(stored.tensors);
  return { trial, changed: await changedParameters(trial, { model: base, method }) };
}

function output(model: ModelConfig, trial: Pick<TrialModel, 'access'>): Float32Array {
  const batch = tinyData.test.batch([0, 1, 2]);
  const states = tf.tidy(() => hiddenStates(model, batch, trial.access()));
  const values = states.dataSync().slice() as Float32Array;
  states.dispose();
  return values;
}

const columns = ({ shape, values }: HostTensor) =>
  Array.from({ length: shape[1]! }, (_, column) => values.filter((_, index) => index % shape[1]! === column));
const rows = ({ shape, values }: HostTensor) =>
  Array.from({ length: shape[0]! }, (_, row) => values.subarray(row * shape[1]!, (row + 1) * shape[1]!));
const isZero = (values: Float32Array) => values.every((value) => value === 0);

it('gives a smaller feed-forward part with the same output', async () => {
  const { trial, changed } = await trained(['fc_in', 'fc_out']);
  const smaller: ModelConfig = { ...tinyConfig, mlpWidth: tinyConfig.mlpWidth / 2 };
  const values = new Map<string, HostTensor>();
  for (const { path, shape } of baseParameters(smaller)) {
    const [prefix] = path.split('.mlp.');
    const whole = changed.get(path) ?? base.host(path);
    if (whole.shape.join() === shape.join()) {
      values.set(path, whole);
      continue;
    }
    const kept = columns(changed.get(`${prefix}.mlp.fc_in.kernel`)!).map((column) => !isZero(column));
    const axis = path.endsWith('fc_out.kernel') ? 0 : whole.shape.length - 1;
    const width = whole.shape.at(-1)!;
    const entries = whole.values.filter(
      (_, index) => kept[axis === 0 && whole.shape.length > 1 ? Math.floor(index / width) : index % width],
    );
    values.set(path, { shape, values: entries });
  }
  const cut = new LoadedBase({ config: smaller, values, tokenizer: null });
  const plain = { ...findMethod('lora'), weight: undefined, init: undefined };
  const small = inject({ base: cut, method: plain, config: {}, targets: ['query'], random: createRandom(0) });
  expectClose(output(smaller, small), output(base.config, trial), engine.tolerance, 'output of the smaller model');
  small.dispose();
  cut.dispose();
  trial.dispose();
});

it('masks the same heads in all four projections of an attention, half of them in every block', async () => {
  const { trial, changed } = await trained(['query', 'key', 'value', 'output']);
  const size = tinyConfig.width / tinyConfig.heads;
  for (let block = 0; block < tinyConfig.layers; block++) {
    const kernel = (name: string) => changed.get(`blocks.${block}.attention.${name}.kernel`)!;
    const dead = (vectors: Float32Array[]) =>
      Array.from({ length: tinyConfig.heads }, (_, head) =>
        vectors.slice(head * size, (head + 1) * size).every(isZero),
      );
    const heads = dead(rows(kernel('output')));
    expect(heads.filter(Boolean)).toHaveLength(tinyConfig.heads / 2);
    for (const name of ['query', 'key', 'value']) expect(dead(columns(kernel(name))), name).toEqual(heads);
  }
  trial.dispose();
});
