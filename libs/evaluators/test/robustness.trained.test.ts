/** @file Examinations of a finished training: what they read of it, the gradient that they take, and what they hold. */

import {
  createRandom,
  evaluate,
  findMethod,
  findOptimizer,
  gradedTexts,
  type LoadedBase,
  type TaskData,
  teacherPlan,
  train,
} from '@rankforge/peft';
import { tf } from '@rankforge/peft/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openedEngine } from '../../peft/test/support/opened-engine.js';
import { targets, tinyBase, tinyConfig } from '../../peft/test/support/tiny-model.js';
import { predictVictim } from '../src/memory.js';
import { findEvaluator } from '../src/registry.js';
import { scoreRobustness } from '../src/scoring/robustness.js';
import { type OpenVictim, trainedVictim } from '../src/scoring/victim.js';

const on = openedEngine('wasm');

/** A word is a token: those that a ranker finds relevant are at the end of the list. */
const words = ['the', 'aa', 'bb', 'cc', 'dd', 'ee', 'ff', 'gg', 'hh', 'ii', 'jj', 'kk', 'll'];
const options = {
  encode: (text: string) => text.split(/\s+/).flatMap((word) => (word ? [words.indexOf(word)] : [])),
  sequenceLength: 8,
};

function asked(count: number, seed: number) {
  const random = createRandom(seed);
  const word = () => words[1 + random.integer(12)]!;
  return gradedTexts(
    Array.from({ length: count }, () => ({
      query: `${word()} ${word()}`,
      rows: Array.from({ length: 4 }, (_, row) => {
        const text = [word(), word(), word()];
        if (row === 0) text[0] = 'll';
        return { text: text.join(' '), grade: text.includes('ll') ? 1 : 0 };
      }),
    })),
    options,
  );
}
const data: TaskData = { objective: 'ranking', train: asked(24, 1), validation: asked(12, 2), test: asked(6, 3) };

const method = findMethod('lora');
let base: LoadedBase;
let adapter: Uint8Array;
let victim: OpenVictim;
beforeAll(async () => {
  base = tinyBase();
  const optimizer = findOptimizer('adamw').build(findOptimizer('adamw').config.parse({}));
  const result = await train({
    engine: on.engine,
    model: base,
    method,
    config: method.config.parse({ rank: 2 }),
    optimizer,
    data,
    options: { targets, steps: 60, batchSize: 4, learningRate: 2e-2, clipNorm: null, seed: 1 },
  });
  adapter = result.adapter!;
  victim = trainedVictim({ model: base, method, adapter }, { base, data, options });
});
afterAll(() => {
  victim.dispose();
  base.dispose();
});

const examine = (name: string, config: object = {}) =>
  scoreRobustness({ evaluator: findEvaluator(name), config, data, split: 'validation', seed: 0, victim });

describe('a finished training that is examined', () => {
  it('has the order that its scoring has, where nothing is attacked', async () => {
    const { metrics } = await examine('no-attack');
    const own = await evaluate({ model: base, method, adapter, data, split: 'validation' });
    expect(own.metrics['ndcg@10']).toBeGreaterThan(0.7);
    for (const name of ['ndcg@10', 'rr@10', 'ap']) expect(metrics[name]).toBeCloseTo(own.metrics[name]!, 9);
  });

  it('gives gains that follow its score where the embedding of a word moves a little', async () => {
    const [query, text, before] = ['aa bb', 'cc dd', ['ee']];
    const gains = await victim.gains({ query, before, text }, words);
    // The word that stands at the place moves toward another by a hundredth of the way.
    const table = base.host('embedding.tokens');
    const width = tinyConfig.width;
    const kept = Float32Array.from(table.values.subarray(0, width));
    const moved = async (word: number, by: number) => {
      for (let at = 0; at < width; at++) {
        table.values[at] = kept[at]! + by * (table.values[word * width + at]! - kept[at]!);
      }
      // Values on the host are read anew by a ranker that is opened after.
      base.evict('embedding.tokens');
      const reopened = trainedVictim({ model: base, method, adapter }, { base, data, options });
      const [value] = await reopened.scores(query, [['ee', 'the', text].join(' ')]);
      reopened.dispose();
      return value!;
    };
    victim.dispose();
    try {
      for (const word of [3, 7, 12]) {
        const slope = ((await moved(word, 1e-2)) - (await moved(word, -1e-2))) / 2e-2;
        expect(gains[word]! - gains[0]!, words[word]).toBeCloseTo(slope, 2);
      }
    } finally {
      table.values.set(kept);
      base.evict('embedding.tokens');
      victim = trainedVictim({ model: base, method, adapter }, { base, data, options });
    }
  });

  it('is fooled by gradients more than by chance, within the questions that are said', async () => {
    const white = await examine('white-box', { length: 2, documents: 2 });
    const chance = await examine('random-trigger', { length: 2, documents: 2 });
    expect(white.metrics.boost).toBeGreaterThan(chance.metrics.boost!);
    expect(white.metrics.boostSuccess).toBeGreaterThanOrEqual(chance.metrics.boostSuccess!);
    expect(white.examined.questions).toBe(12 * 2 * 2 * 2);
  });

  it('leaves no tensor behind', async () => {
    await examine('white-box', { length: 1, queries: 2 });
    const { numTensors } = tf.memory();
    await examine('white-box', { length: 1, queries: 2 });
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  it('is predicted with what it holds, or refused where it has another head', () => {
    const plan = teacherPlan({ model: base, method, adapter });
    const of = { engine: 'wasm', objective: 'ranking', sequence: 8 } as const;
    const held = predictVictim(plan, { ...of, of: { model: tinyConfig, classes: 1 } });
    expect('reason' in held ? held.reason : held.weights).toBeGreaterThan(0);
    expect(predictVictim(plan, { ...of, of: { model: tinyConfig, classes: 3 } })).toEqual({
      reason: 'the teacher has a head of 1 outputs and the task needs a head of 3 outputs',
    });
  });

  it('is refused for data whose units it does not rank', () => {
    const classes: TaskData = { ...data, objective: 'classification', classes: 1 };
    expect(() => trainedVictim({ model: base, method, adapter }, { base, data: classes, options })).toThrow(
      'a ranker scores a query with a text, and the data is for classification',
    );
  });
});
