/** @file Laws of the parts that optimizers are made of: each holds of every part that is listed, none is asked for its name. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../src/engine/engine.js';
import type { OptimizerState } from '../src/method.js';
import { activeSet, atMost, inTurn, inWindows, shareOf, uniformly } from '../src/parts/gradient/active.js';
import { blockwise8, coded, float32 } from '../src/parts/gradient/codec.js';
import { scaleByFactoredRms } from '../src/parts/gradient/factored.js';
import { estimated, rankEstimator } from '../src/parts/gradient/rank-estimate.js';
import { resetEvery } from '../src/parts/gradient/reset.js';
import { clipSpikes } from '../src/parts/gradient/spikes.js';
import { everyParameter } from '../src/parts/gradient/transform.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { adam, around, info, run, transforms } from './support/gradient-parts.js';
import { inFloatsOf } from './support/in-floats.js';

beforeAll(async () => {
  await openEngine('wasm');
});

/** What is exported beside the parts: questions about parameters and shapes, and numbers that parts draw. */
const noParts = [
  'actsOnFactors',
  'apolloInTorch',
  'biasCorrection',
  'chosen',
  'clockField',
  'galore8bitInTorch',
  'galoreInTorch',
  'isMatrixAbove',
  'isProjected',
  'keptWhole',
  'ofRun',
  'projectedCase',
  'projectedGap',
  'projectsOf',
  'projectsSome',
  'qGaloreInTorch',
  'sharesSome',
  'shuffled',
  'sizeOf',
  'sizesOf',
  'turnsOfSome',
  'withHeadRate',
  'zero',
];

it('walks every part that the gradient slot has', async () => {
  const folder = new URL('../src/parts/gradient/', import.meta.url);
  const files = readdirSync(folder).filter((file) => file.endsWith('.ts'));
  const modules: object[] = await Promise.all(files.map((file) => import(fileURLToPath(new URL(file, folder)))));
  const exported = modules.flatMap((module) =>
    Object.entries(module).flatMap(([name, value]) => (typeof value === 'function' ? [{ name, value }] : [])),
  );
  const walked = new Set<unknown>([...transforms.flatMap(({ of }) => of), ...around]);
  const left = exported.filter(({ value }) => !walked.has(value)).map(({ name }) => name);
  expect(left.sort()).toEqual(noParts);
});

const bytesOf = (state: OptimizerState) => Object.values(state).reduce((sum, { size }) => sum + 4 * size, 0);

describe.each(transforms)('$label', ({ transform }) => {
  const part = everyParameter(transform);
  const codec = blockwise8({ blockSize: 8, minSize: 0 });

  it('holds the bytes it says, and no tensor more, after the start and after each step, in floats or codes', async () => {
    for (const each of [part, everyParameter(coded(transform, codec))]) {
      const said = each.memory(info, inFloatsOf(4)).state;
      const counts: number[] = [];
      await run(each, {}, (state) => {
        expect(bytesOf(state)).toBe(said);
        counts.push(tf.memory().numTensors);
      });
      // Parameters come after the first state.
      expect(new Set(counts.slice(1)).size, `${counts}`).toBe(1);
    }
  });

  it('says half the bytes where floats take half, but for what is no float', async () => {
    const encoded = everyParameter(coded(transform, codec));
    expect(part.memory(info, inFloatsOf(2)).workspace).toBe(part.memory(info, inFloatsOf(4)).workspace / 2);
    expect(encoded.memory(info, inFloatsOf(2)).state).toBeLessThanOrEqual(encoded.memory(info, inFloatsOf(4)).state);
    expect(part.memory(info, inFloatsOf(2)).state).toBeGreaterThanOrEqual(part.memory(info, inFloatsOf(4)).state / 2);
  });

  it('draws the same for the same seed', async () => {
    expect(await run(part)).toEqual(await run(part));
  });

  it('is itself with float32 for a codec, with a reset that never comes, with all blocks active, and fed with estimates', async () => {
    const plain = await run(part);
    expect(await run(everyParameter(coded(transform, float32)))).toEqual(plain);
    expect(await run(everyParameter(resetEvery(1e9, transform)))).toEqual(plain);
    expect(await run(activeSet(part, { sampler: uniformly(atMost(2)), gap: 2, always: () => true }))).toEqual(plain);
    const whole = { sampler: inWindows('descending', shareOf(1)), gap: 2, always: () => true, others: part };
    expect(await run(activeSet(part, whole))).toEqual(plain);
    const estimates = estimated(part, rankEstimator({ candidates: 4, best: 1, distance: 0.1 }));
    expect(await run(estimates)).toEqual(plain);
    expect(estimates.estimator!.candidates).toBe(4);
  });

  it('stays finite with gradients of zero, and after them', async () => {
    for (const values of Object.values(await run(part, { factor: 0 })).flat(2)) expect(values).not.toBeNaN();
    for (const values of Object.values(await run(everyParameter(coded(transform, codec)), { factor: 0 })).flat(2)) {
      expect(Number.isFinite(values)).toBe(true);
    }
  });

  it('leaves blocks that are not active alone, and begins anew with those that are', async () => {
    const turns = activeSet(part, { sampler: inTurn('ascending'), gap: 2, always: () => false });
    const made = await run(turns, { steps: 4 });
    expect(Object.keys(made).sort()).toEqual(['blocks.0.tall', 'blocks.0.wide', 'blocks.1.square']);
    for (const updates of Object.values(made)) expect(updates).toHaveLength(2);
    const bytes: number[] = [];
    await run(turns, { steps: 4 }, (state) => bytes.push(bytesOf(state)));
    const blocks = [info.slice(0, 2), info.slice(2, 3)].map((block) => part.memory(block, inFloatsOf(4)).state);
    expect(bytes).toEqual([blocks[0], blocks[0], blocks[0], blocks[1], blocks[1]]);
    expect(turns.memory(info, inFloatsOf(4)).state).toBe(Math.max(...blocks));
  });
});

it('looks back once for each block that stays active, however many parameters lie in it', async () => {
  let draws = 0;
  const every = uniformly(atMost(2));
  const counted: typeof every = {
    ...every,
    draw(input) {
      draws++;
      return every.draw(input);
    },
  };
  await run(activeSet(everyParameter(adam), { sampler: counted, gap: 1, always: () => true }), { steps: 4 });
  // One for the first state; in step s one for the step, and for each of both blocks the s − 1 epochs before: 1 + 1 + 3 + 5 + 7.
  expect(draws).toBe(17);
});

describe('samplers', () => {
  const draw = (sampler: ReturnType<typeof uniformly>, blocks: number, epochs: number) =>
    Array.from({ length: epochs }, (_, epoch) => sampler.draw({ blocks, epoch, random: createRandom(9) }));

  it('draw every block about as often, so many at a time', () => {
    const drawn = draw(uniformly(atMost(2)), 5, 2000);
    for (const blocks of drawn) expect(new Set(blocks).size).toBe(2);
    for (let block = 0; block < 5; block++) {
      const share = drawn.filter((blocks) => blocks.includes(block)).length / drawn.length;
      // Four standard deviations of a share of 0.4 of 2,000.
      expect(Math.abs(share - 0.4)).toBeLessThan(0.044);
    }
  });

  it('visit every block once in a round, in an order of their own', () => {
    expect(draw(inTurn('ascending'), 3, 4)).toEqual([[0], [1], [2], [0]]);
    expect(draw(inTurn('descending'), 3, 4)).toEqual([[2], [1], [0], [2]]);
    const windows = (order: 'ascending' | 'descending') => draw(inWindows(order, shareOf(0.4)), 5, 3);
    expect(windows('ascending')).toEqual([
      [0, 1],
      [2, 3],
      [4, 0],
    ]);
    expect(windows('descending')).toEqual([
      [4, 3],
      [2, 1],
      [0, 4],
    ]);
    expect(draw(inWindows('ascending', shareOf(0)), 5, 2)).toEqual([[], []]);
    expect([1, 3, 5, 7].map(shareOf(0.5))).toEqual([0, 2, 2, 4]);
    const rounds = draw(inTurn('random'), 4, 40).flat();
    const orders = Array.from({ length: 10 }, (_, round) => rounds.slice(4 * round, 4 * round + 4));
    for (const order of orders) expect([...order].sort()).toEqual([0, 1, 2, 3]);
    expect(new Set(orders.map(String)).size).toBeGreaterThan(1);
  });
});

describe('spikes', () => {
  it('are found by a second moment of every entry, not by one in codes or factors', () => {
    const options = { threshold: 10, after: 0 };
    const factored = scaleByFactoredRms({ decay: 0.8, epsilon: 1e-30, clip: 1 });
    const inCodes = coded(adam, blockwise8({ blockSize: 8, minSize: 0 }));
    for (const inner of [factored, inCodes]) {
      expect(() => clipSpikes(inner, options).state(info[0]!)).toThrow(
        /'v' \[5,8\] of 'blocks.0.wide', and the inner transformation keeps .*: put what shortens or encodes it outside/,
      );
    }
    const outside = coded(clipSpikes(adam, options), blockwise8({ blockSize: 8, minSize: 0 }));
    expect(Object.keys(outside.state(info[0]!)).sort()).toEqual(['m_codes', 'm_scales', 'v_codes', 'v_scales']);
  });
});
