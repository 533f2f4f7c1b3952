/** @file Rows of the table of tokens: which, what becomes of the table, and the files of Python peft. */
import { beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../src/engine/engine.js';
import { readExperiment } from '../src/export/experiment.js';
import { mergedBase } from '../src/export/merged-base.js';
import { importAdapter } from '../src/export/read.js';
import { servability } from '../src/export/servable.js';
import { exportAdapter } from '../src/export/write.js';
import { readStates } from '../src/io/safetensors.js';
import type { LoadedBase } from '../src/models/base.js';
import { vocabularyTable } from '../src/models/forward.js';
import { findMethod } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { encodeAdapter, readAdapter } from '../src/training/adapter.js';
import { restore } from '../src/training/evaluate.js';
import { inject } from '../src/training/inject.js';
import { planTrial } from '../src/training/plan.js';
import { refusal } from '../src/training/refusals/refusal.js';
import { smallModels } from './support/small-models.js';
import { tinyBase, tinyConfig } from './support/tiny-model.js';

const method = findMethod('trainable-tokens');
const idsOf = (config: object, vocabulary = 20) => method.tokens!.ids(vocabulary, method.config.parse(config));

beforeAll(() => openEngine('cpu'));

describe('the tokens that are named', () => {
  it('end with the vocabulary where none is named, and are no more than it has', () => {
    expect(idsOf({ count: 3 })).toEqual([17, 18, 19]);
    expect(idsOf({}, 4)).toEqual([0, 1, 2, 3]);
  });

  it('keep the order of the ids and ranges that name them', () => {
    expect(idsOf({ tokens: ' 7, 2 - 4,0' })).toEqual([7, 2, 3, 4, 0]);
  });

  it.each([
    ['7, 2-8', 'tokens: 7 is named twice; name each token once'],
    ['18-20', 'tokens: 20 is no token; the vocabulary has 0 to 19'],
    ['4-2', 'tokens: 4-2 counts down; name the lower id first'],
  ])('are refused: %s', (tokens, reason) => {
    expect(idsOf({ tokens })).toBe(reason);
  });

  it('have to be ids: a word is refused with its field', () => {
    expect(method.config.safeParse({ tokens: 'the' }).error?.issues[0]?.message).toBe(
      'expected ids of tokens, e.g. 50256, 198-200',
    );
    const trial = { model: tinyConfig, method, config: { tokens: '13', count: 1 }, targets: ['query'] };
    expect(() => planTrial(trial)).toThrow(
      'config.tokens: 13 is no token; the vocabulary has 0 to 12 (trainable-tokens)',
    );
  });

  it('need a base that reads tokens', () => {
    const { model } = smallModels.find(({ model }) => model.architecture === 'vit')!;
    const trial = { model, method, config: method.config.parse({}), targets: ['query'], classes: 3 };
    expect(refusal(trial)?.reason).toBe(
      'trainable-tokens trains rows of a table of tokens, and the base model reads images',
    );
  });
});

const width = 16;
const config = method.config.parse({ tokens: '5, 1-2' });
const values = Float32Array.from({ length: 3 * width }, (_, at) => Math.sin(at));
const adapter = encodeAdapter(new Map([['tokens.trainable_tokens_delta', { shape: [3, width], values }]]), {
  method: method.name,
  config,
  targets: ['query'],
  seed: 0,
});
const rowOf = (table: Float32Array, id: number) => Array.from(table.subarray(id * width, (id + 1) * width));

/** The table with the rows of the adapter. */
function expectTable(table: Float32Array, before: Float32Array): void {
  for (let id = 0; id < before.length / width; id++) {
    const own = [5, 1, 2].indexOf(id);
    expect(rowOf(table, id), `row ${id}`).toEqual(own === -1 ? rowOf(before, id) : rowOf(values, own));
  }
}

describe('the table', () => {
  it('begins as that of the base', () => {
    const base = tinyBase();
    const trial = inject({ base, method, config, targets: ['query'], random: createRandom(1) });
    const before = base.host('embedding.tokens').values;
    const table = tf.tidy(() => vocabularyTable(base.config, trial.access()).dataSync() as Float32Array);
    expect(table).toEqual(before);
    trial.dispose();
    base.dispose();
  });

  it('has the trained rows in the places of their tokens, in the model that is left too', async () => {
    const base = tinyBase();
    const before = base.host('embedding.tokens').values.slice();
    const trial = restore(base, method, adapter);
    const table = () => tf.tidy(() => vocabularyTable(base.config, trial.access()).dataSync() as Float32Array);
    expectTable(table(), before);
    trial.dispose();
    const merged = await mergedBase(base, method, adapter);
    expectTable(merged.host('embedding.tokens').values, before);
    merged.dispose();
  });
});

describe('in files of Python peft', () => {
  const exported = async (base: LoadedBase) => {
    const files = await exportAdapter({ model: base, method, adapter, format: 'peft', baseName: 'tiny' });
    return {
      config: JSON.parse(Buffer.from(files.get('adapter_config.json')!).toString()),
      tensors: readStates(files.get('adapter_model.safetensors')!, 'adapter').tensors,
    };
  };

  it('leaves with its ids, and comes back to the bit', async () => {
    const base = tinyBase();
    const { config: settings, tensors } = await exported(base);
    expect(settings).toMatchObject({
      peft_type: 'TRAINABLE_TOKENS',
      token_indices: [5, 1, 2],
      target_modules: 'transformer.wte',
    });
    expect(settings).not.toHaveProperty('modules_to_save');
    // The head is the table, and peft repeats them there.
    expect([...tensors.keys()]).toEqual([
      'base_model.model.lm_head.trainable_tokens_delta',
      'base_model.model.transformer.wte.trainable_tokens_delta',
    ]);
    const back = importAdapter({ model: base.config, config: settings, tensors });
    expect(back).toMatchObject({ method: method.name, config: { tokens: '5, 1, 2' } });
    expect(readAdapter(back.adapter).tensors).toEqual(readAdapter(adapter).tensors);
    expect(servability({ model: base.config, method, config, targets: ['query'] }).reasons.at(-1)).toBe(
      'vLLM serves LoRA, and this is TRAINABLE_TOKENS: merge it and serve the model',
    );
    base.dispose();
  });

  it('refuses other rows in a head that is the table', async () => {
    const base = tinyBase();
    const { config: settings, tensors } = await exported(base);
    const [key] = [...tensors.keys()];
    const others = new Map(tensors).set(key!, { shape: [3, width], values: new Float32Array(3 * width) });
    expect(() => importAdapter({ model: base.config, config: settings, tensors: others })).toThrow(
      `${key} has other rows than the table that the head is; expected the same`,
    );
    base.dispose();
  });

  it('follows from an experiment that is still to be trained', () => {
    const experiment = { peft_type: 'TRAINABLE_TOKENS', token_indices: [3, 4] };
    expect(readExperiment({ model: tinyConfig, config: experiment })).toMatchObject({
      method: method.name,
      config: { tokens: '3, 4' },
    });
  });

  it.each<[string, object, string]>([
    ['without ids', { token_indices: null }, 'trainable-tokens: tokens: expected ids of tokens'],
    ['with more ids than rows', { token_indices: [5, 1, 2, 3] }, 'expected [4,16]'],
    ['with an id that is no token', { token_indices: [5, 1, 40] }, '40 is no token'],
  ])('refuses to be read %s', async (_, changes, message) => {
    const base = tinyBase();
    const { config: settings, tensors } = await exported(base);
    const read = () => importAdapter({ model: base.config, config: { ...settings, ...changes }, tensors });
    expect(read).toThrow(message);
    base.dispose();
  });
});

it('leaves a head alone that is a table of its own', () => {
  const { model } = smallModels.find(({ model }) => model.architecture === 'llama')!;
  expect(model).toMatchObject({ tied: false });
  const trial = planTrial({ model, method, config: method.config.parse({}), targets: ['query'] });
  expect(trial.ownRows).toMatchObject({ table: 'embedding.tokens' });
  expect(trial.info.map(({ path, shape }) => [path, shape])).toEqual([['tokens.trainable_tokens_delta', [16, 64]]]);
});
