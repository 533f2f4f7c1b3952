/** @file Trainings whose first blocks encode query and text apart: what holds for all that is done with them later, and refusals. */

import { predictVictim, trainedVictim } from '@rankforge/evaluators';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TaskData } from '../src/data/task-data.js';
import { mergedBase } from '../src/export/merged-base.js';
import { exportAdapter } from '../src/export/write.js';
import { initialValues, LoadedBase } from '../src/models/base.js';
import { modelConfigSchema } from '../src/models/config.js';
import { findMethod, findOptimizer } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { readAdapter } from '../src/training/adapter.js';
import { evaluate, restore } from '../src/training/evaluate.js';
import type { TrainEvent } from '../src/training/events.js';
import { objectiveOf } from '../src/training/loss.js';
import { planTraining, refusal } from '../src/training/refusals/refusal.js';
import type { RefusedField, TrialRequest } from '../src/training/refusals/rule.js';
import { teacherPlan } from '../src/training/teacher.js';
import { train } from '../src/training/trainer.js';
import { expectClose } from './support/close.js';
import { openedEngine } from './support/opened-engine.js';
import { smallModels } from './support/small-models.js';
import { numbered, wordedQueries } from './support/worded-queries.js';

const encoder = modelConfigSchema.parse({
  architecture: 'bert',
  vocabularySize: 64,
  contextLength: 32,
  types: 2,
  width: 16,
  layers: 3,
  heads: 2,
  mlpWidth: 32,
  normEpsilon: 1e-12,
  pooler: true,
});
const sequence = 16;
const apart = { apartBlocks: 2, queryTokens: 5 };
const method = findMethod('lora');
const optimizer = findOptimizer('adamw').build(findOptimizer('adamw').config.parse({}));
const data = wordedQueries({ sequence, words: [3, 12], queries: 24 });
const on = openedEngine('wasm');

let base: LoadedBase;
beforeAll(() => {
  // Large enough for attention to tell tokens apart.
  const values = [...initialValues(encoder, createRandom(1))].map(([path, { shape, values }]) => {
    const scale = path.endsWith('.kernel') ? 10 : 1;
    return [path, { shape, values: values.map((value) => scale * value) as Float32Array }] as const;
  });
  base = new LoadedBase({ config: encoder, values: new Map(values), tokenizer: null });
});
afterAll(() => base.dispose());

const run = (options: object, more: Partial<Parameters<typeof train>[0]> = {}) =>
  train({
    ...{ engine: on.engine, model: base, method, config: { rank: 2 }, optimizer, data },
    options: { targets: ['query', 'value'], steps: 4, batchSize: 4, learningRate: 2e-2, ...options },
    ...more,
  });

/** Scores of all rows of the validation split, query by query, by the finished training as a judge. */
async function judgedBy(adapter: Uint8Array, data: TaskData): Promise<Float64Array> {
  const victim = trainedVictim({ model: base, method, adapter }, { base, data, options: numbered(sequence) });
  const scores: number[] = [];
  for (const { query, rows } of data.validation.queries!) {
    scores.push(...(await victim.scores(query, rows as string[])));
  }
  victim.dispose();
  return Float64Array.from(scores);
}

/** The same scores, of one batch, as validation reads them. */
async function readBy(adapter: Uint8Array, { validation }: TaskData): Promise<Float64Array> {
  const trial = restore(base, method, adapter);
  const all = validation.batch(Array.from({ length: validation.size }, (_, index) => index));
  const scores = await objectiveOf('ranking').read(encoder, all, trial.access());
  trial.dispose();
  return Float64Array.from(scores);
}

describe('a training with blocks apart', () => {
  let adapter: Uint8Array;
  let validated: number;
  let checkpoint: Uint8Array;
  beforeAll(async () => {
    const onEvent = (event: TrainEvent) => {
      if (event.type === 'checkpoint') checkpoint = event.bytes;
    };
    const result = await run({ ...apart, checkpointEvery: 2 }, { onEvent });
    adapter = result.adapter!;
    validated = result.validation!.loss!;
  });
  const stripped = () => evaluate({ model: base, method, adapter: withoutPlaces(adapter), data, split: 'validation' });

  it('gives the scores that its training gave', async () => {
    const { metrics } = await evaluate({ model: base, method, adapter, data, split: 'validation' });
    expect(metrics.loss).toBeCloseTo(validated, 6);
    expect(Math.abs((await stripped()).metrics.loss! - validated)).toBeGreaterThan(1e-4);
  });

  it('judges as it was trained', async () => {
    const judged = await judgedBy(adapter, data);
    expectClose(judged, await readBy(adapter, data), 1e-5, 'scores');
    const other = await readBy(withoutPlaces(adapter), data);
    expect(Math.max(...other.map((score, row) => Math.abs(score - judged[row]!)))).toBeGreaterThan(1e-2);
  });

  it('reads titles with the query, trained, validated and judging, where it is told to', async () => {
    const titled = wordedQueries({ sequence, words: [2, 9], queries: 24, title: 2 });
    const options = { ...apart, titleWithQuery: true } as const;
    const { adapter, validation } = await run(options, { data: titled });
    expect(readAdapter(adapter!).info).toMatchObject(options);
    const { metrics } = await evaluate({ model: base, method, adapter: adapter!, data: titled, split: 'validation' });
    expect(metrics.loss).toBeCloseTo(validation!.loss!, 6);
    expectClose(await judgedBy(adapter!, titled), await readBy(adapter!, titled), 1e-5, 'scores');
    const plain = await run(apart, { data: titled });
    expect(Math.abs(plain.validation!.loss! - validation!.loss!)).toBeGreaterThan(1e-4);
    const told = 'apartBlocks 2 and queryTokens 5 with titles, not apartBlocks 2 and queryTokens 5';
    await expect(run(apart, { data: titled, start: adapter! })).rejects.toThrow(told);
  });

  it('says in its file how rows are encoded, and nothing where the text follows on the query', async () => {
    const { info } = readAdapter(adapter);
    expect(info).toMatchObject(apart);
    expect(readAdapter((await run({})).adapter!).info).not.toHaveProperty('queryTokens');
  });

  it('goes on from an adapter or a checkpoint of its own encoding alone', async () => {
    await expect(run({ ...apart, steps: 1 }, { start: adapter })).resolves.toBeDefined();
    for (const [other, text] of [
      [{}, 'apartBlocks 2 and queryTokens 5, not apartBlocks 0 and no queryTokens'],
      [{ ...apart, apartBlocks: 1 }, 'apartBlocks 2 and queryTokens 5, not apartBlocks 1 and queryTokens 5'],
    ] as const) {
      await expect(run(other, { start: adapter })).rejects.toThrow(`The adapter to start from has the ${text}`);
      await expect(run({ ...other, checkpointEvery: 2 }, { resume: checkpoint })).rejects.toThrow('another trial');
    }
    const { validation } = await run({ ...apart, checkpointEvery: 2 }, { resume: checkpoint });
    expect(validation!.loss).toBeCloseTo(validated, 6);
  });

  it('leaves as no file of another library and no base, which cannot say how rows are encoded', async () => {
    const asked = { model: base, method, adapter, baseName: 'base' };
    const reason = 'reads queries in the first 5 places of a row, and encodes query and text apart in 2 blocks';
    await expect(exportAdapter({ ...asked, format: 'peft' })).rejects.toThrow(reason);
    await expect(mergedBase(base, method, adapter)).rejects.toThrow(reason);
  });

  it('judges no rows that have no place for its texts', () => {
    const plan = teacherPlan({ model: base, method, adapter });
    const of = { engine: 'wasm', objective: 'ranking', of: { model: encoder, classes: 1 } } as const;
    expect(predictVictim(plan, { ...of, sequence })).toHaveProperty('total');
    expect(predictVictim(plan, { ...of, sequence: 6 })).toEqual({
      reason:
        'the training that is named reads queries in the first 5 places of a row, and rows of 6 tokens keep fewer than 2 for the text: raise sequenceLength to 7 or more, or name another training',
    });
  });

  it('gives the numbers of no option where none of its blocks is apart and nothing is placed', async () => {
    const [without, zero] = [await run({}), await run({ apartBlocks: 0 })];
    expect(zero.adapter).toEqual(without.adapter);
  });
});

describe('a refusal', () => {
  const request = (more: Partial<TrialRequest> = {}): TrialRequest => ({
    ...{ model: encoder, method, config: method.config.parse({}), targets: ['query'], classes: 1 },
    ...{ objective: 'ranking', sequence, ...apart },
    ...more,
  });
  const gpt2 = smallModels[0]!.model;
  /** A finished ranker with places for its queries. */
  const teacher = { model: encoder, method, config: {}, targets: ['query'], classes: 1, ...apart };
  const regression = { objective: 'regression', apartBlocks: undefined, queryTokens: undefined } as const;
  const prefix = findMethod('prefix-tuning');
  const refused: [RefusedField, Partial<TrialRequest>, string][] = [
    ['apartBlocks', { apartBlocks: 3 }, 'of 3 in the model, and the last has to read query and text together'],
    ['apartBlocks', { queryTokens: undefined }, 'set queryTokens too'],
    ['queryTokens', { objective: 'classification' }, 'rows of classification are no query and text'],
    ['queryTokens', { model: gpt2, apartBlocks: 1 }, 'choose a base of bert or roberta'],
    ['queryTokens', { method: prefix, config: prefix.config.parse({}) }, 'prefix-tuning stands before the tokens'],
    ['titleWithQuery', { ...regression, objective: 'ranking', titleWithQuery: true }, 'set queryTokens too'],
    ['queryTokens', { queryTokens: 15 }, 'lower queryTokens to 14 or less'],
    ['queryTokens', { queryTokens: 1 }, 'raise queryTokens'],
    ['teacher', { queryTokens: 4, sequence: 6, teacher }, 'raise sequenceLength to 7 or more'],
    ['teacher', { ...regression, teacher }, 'rows of regression are no query and text that are read as one'],
  ];
  it.each(refused)('blames %s of %o and says what to do', (field, more, remedy) => {
    const told = refusal(request(more));
    expect(told).toMatchObject({ field });
    expect(told!.reason).toContain(remedy);
    expect(() => planTraining(request(more))).toThrow(told!.reason);
  });

  it('meets no training that keeps the rules, and no negative number of blocks', async () => {
    expect(refusal(request())).toBeUndefined();
    expect(refusal(request({ apartBlocks: 0 }))).toBeUndefined();
    await expect(run({ ...apart, apartBlocks: -1 })).rejects.toThrow('apartBlocks');
  });
});

/** The same tensors as of a training that placed nothing. */
function withoutPlaces(adapter: Uint8Array): Uint8Array {
  const length = Number(new DataView(adapter.buffer, adapter.byteOffset).getBigUint64(0, true));
  const header = Buffer.from(adapter.subarray(8, 8 + length)).toString();
  const named = /\\"(apartBlocks|queryTokens)\\"/g;
  const plain = header.replace(named, (_, name: string) => `\\"${'x'.repeat(name.length)}\\"`);
  const copy = Buffer.from(adapter);
  copy.write(plain, 8);
  return copy;
}
