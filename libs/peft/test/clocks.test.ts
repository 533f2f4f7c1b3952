/** @file Clocks that methods and optimizers declare: what is open follows the run, and a run that is too short says so. */
import type { Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../src/engine/engine.js';
import type { ParameterInfo } from '../src/method.js';
import { findMethod, findOptimizer, methods, optimizers } from '../src/registry.js';
import { neverFired, settled } from '../src/slots/clock.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import type { TrainEvent } from '../src/training/events.js';
import { products } from './support/one-layer.js';
import { tinyBase } from './support/tiny-model.js';
import { trainTiny } from './support/tiny-run.js';

let engine: Awaited<ReturnType<typeof openEngine>>;
beforeAll(async () => {
  engine = await openEngine('wasm');
});

const clocked = [...methods, ...optimizers].flatMap((owner) =>
  Object.keys(owner.clocks ?? {}).map((field) => ({ owner, field, label: `${owner.name}.${field}` })),
);

it.each(clocked)('declares a field of the configuration: $label', ({ owner, field }) => {
  expect(owner.config.toJSONSchema({ io: 'input' })).toHaveProperty(['properties', field]);
});

it('declares a clock for every gap that an optimizer has', () => {
  for (const { name, config, clocks = {} } of optimizers) {
    const { properties = {} } = config.toJSONSchema({ io: 'input' }) as { properties?: object };
    expect('gap' in clocks, name).toBe('gap' in properties);
  }
});

const info: ParameterInfo[] = Array.from({ length: 8 }, (_, block) => ({
  path: `blocks.${block}.kernel`,
  shape: [6, 9],
  role: 'kernel',
  decays: true,
}));

/** Updates of every step by parameter. */
async function updates(name: string, gap: number, steps: number) {
  const { config, build } = findOptimizer(name);
  const given = 'rank' in config.toJSONSchema({ io: 'input' }).properties! ? { rank: 2, gap } : { gap };
  const part = build(config.parse(given));
  const draw = createRandom('gradients');
  const random = createRandom(1);
  let state = part.init(info, random);
  const parameters = new Map(info.map(({ path, shape }) => [path, tf.fill(shape, 0.5) as Tensor]));
  const made: Record<string, number[]>[] = [];
  for (let step = 1; step <= steps; step++) {
    const gradients = new Map(
      info.map(({ path, shape }) => [
        path,
        tf.tensor(
          Float32Array.from({ length: 54 }, () => draw.normal()),
          shape,
        ),
      ]),
    );
    const result = await part.update({ gradients, parameters, info, state, step, learningRate: 0.1, random, products });
    state = result.state;
    made.push(Object.fromEntries([...result.updates].map(([path, update]) => [path, [...update.dataSync()]])));
    tf.dispose([...gradients.values(), ...result.updates.values()]);
  }
  tf.dispose([...parameters.values(), ...Object.values(state)]);
  return made;
}

describe.each(optimizers.filter(({ clocks }) => clocks?.gap).map(({ name }) => name))('%s', (name) => {
  it('does in the step after its gap what a longer gap does not', async () => {
    const [short, long] = [await updates(name, 3, 4), await updates(name, 100, 4)];
    expect(short.slice(0, 3)).toEqual(long.slice(0, 3));
    expect(short[3]).not.toEqual(long[3]);
  });

  it('takes a tenth of a short run where the gap is open, and its usual gap in a long one', () => {
    const optimizer = findOptimizer(name);
    const { usual, least = 4 } = optimizer.clocks!.gap!;
    const open = optimizer.config.parse({});
    expect(settled(optimizer, open, 40)).toEqual({ ...(open as object), gap: least });
    expect(settled(optimizer, open, 1_000_000)).toEqual({ ...(open as object), gap: usual });
    expect(settled(optimizer, { gap: 7 }, 40)).toEqual({ gap: 7 });
  });

  it('says that a gap as long as the run never comes round', () => {
    const optimizer = findOptimizer(name);
    const config = optimizer.config.parse({ gap: 40 });
    const { action } = optimizer.clocks!.gap!;
    expect(neverFired(40, [optimizer, config])).toEqual([`${name}: never ${action} in 40 steps (gap 40)`]);
    expect(neverFired(41, [optimizer, config])).toEqual([]);
    expect(neverFired(0, [optimizer, config])).toEqual([]);
  });
});

it('says before the first step what a run is too short for, of the method and of the optimizer', async () => {
  const base = tinyBase();
  const notices: string[] = [];
  const onEvent = (event: TrainEvent) => {
    if (event.type === 'notice') notices.push(`${event.of}: ${event.text}`);
  };
  const optimizer = { name: 'spam', config: { gap: 9 } };
  const own = { period: 5 };
  const options = { steps: 4, learningRate: 1e-3 };
  await trainTiny({ engine, base, method: 'trp', config: own, optimizer, options, onEvent });
  expect(notices).toEqual([
    'optimizer: never begins its moments anew in 4 steps (gap 9)',
    'method: never cuts its ranks in 4 steps (period 5)',
  ]);
  expect(findMethod('trp').clocks!.period!.at).toBe('after');
  base.dispose();
});
