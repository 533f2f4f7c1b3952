import type { Estimate } from '@rankforge/contracts';
import { describe, expect, it } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import {
  changedBy,
  checkFileValues,
  checkValues,
  fieldOf,
  startValues,
  valuesOfFiles,
} from '../src/features/estimate/request.js';
import {
  askedOf,
  beyondEngineText,
  cardsText,
  partsOfChange,
  saidOf,
  timeText,
} from '../src/features/estimate/row-text.js';
import { arrived, EstimateSearch, searchOf, valuesOf } from '../src/features/estimate/search.js';

const tokens = { kind: 'tokens' as const, vocabularySize: 100, contextLength: 64 };
const nano = { name: 'nano-sotu', targets: ['query', 'key', 'value'], input: tokens };
const clicks = {
  name: 'click-mlp',
  targets: ['field', 'hidden'],
  input: { kind: 'fields' as const, cardinalities: [2] },
};
const start = startValues([clicks, nano], ['lora', 'dora', 'pissa', 'full-ft']);

describe('the form of an estimate', () => {
  it('begins with a base of the installation and methods that it knows, and without a base asks for a config.json', () => {
    expect(start).toMatchObject({ source: 'base', base: 'nano-sotu', methods: ['full-ft', 'lora', 'dora'] });
    expect(startValues([clicks], ['lora'])).toMatchObject({ base: 'click-mlp', targets: ['field', 'hidden'] });
    expect(startValues([], ['lora'])).toMatchObject({ source: 'config', methods: ['lora'] });
    expect(checkValues(startValues([], ['lora'])).mistakes).toEqual({ config: 'paste the config.json of a model' });
  });

  it('leaves out what was left empty, and sends numbers as numbers and a budget in bytes', () => {
    const asked = { methods: ['full-ft', 'lora', 'dora'], targets: ['query', 'value'] };
    const usual = { optimizer: 'adamw', engine: 'wasm' };
    expect(checkValues({ ...start, budget: '' })).toEqual({
      request: { base: 'nano-sotu', ...asked, ...usual },
      mistakes: {},
    });
    expect(checkValues(start).request).toMatchObject({ budget: 24 * 2 ** 30 });
    const config = '{"model_type": "gpt2"}';
    const filled = { ...start, source: 'config', config, ranks: ['8', '64'], batch: 4, budget: '24 GiB' } as const;
    expect(checkValues({ ...filled, ranks: ['8', '64'] }).request).toEqual({
      config: { model_type: 'gpt2' },
      ...asked,
      ...usual,
      ranks: [8, 64],
      batch: 4,
      budget: 24 * 2 ** 30,
    });
  });

  it('asks for a card in the place of a budget, of torch alone, and for a published model by its shapes', () => {
    const ofCard = { ...start, source: 'published', published: 'Qwen/Qwen3-8B', gpu: 'l4', budget: 'none' } as const;
    const { request } = checkValues({ ...ofCard, profile: 'torch' });
    expect(request).toMatchObject({ gpu: 'l4', config: { model_type: 'qwen3', hidden_size: 4096 } });
    expect(request).not.toHaveProperty('budget');
    expect(checkValues(ofCard).mistakes).toEqual({ budget: expect.stringContaining('expected a size') });
    expect(valuesOf(searchOf({ ...start, gpu: 'l4' }), start).gpu).toBe('l4');
  });

  it('asks about torch as it is set up, or about an engine with its attention, and leaves the other out', () => {
    const both = {
      ...start,
      dtype: 'nf4',
      checkpointing: 'block',
      computeDtype: 'bfloat16',
      attention: 'whole',
      classes: 3,
      torch: { ...start.torch, attention: 'flash', update: 'paged-8bit', padded: false },
    } as const;
    const shared = { dtype: 'nf4', checkpointing: 'block', classes: 3 };
    const ofEngine = checkValues(both).request;
    expect(ofEngine).toMatchObject({ ...shared, engine: 'wasm', computeDtype: 'bfloat16', attention: 'whole' });
    expect(ofEngine).not.toHaveProperty('torch');
    const ofTorch = checkValues({ ...both, profile: 'torch' }).request;
    const torch = {
      prepared: true,
      doubleQuantization: true,
      adapters: 'float32',
      attention: 'flash',
      padded: false,
      logits: 'float32',
      loss: 'whole',
      update: 'paged-8bit',
    };
    expect(ofTorch).toMatchObject({ ...shared, torch });
    expect(Object.keys(ofTorch!)).not.toEqual(expect.arrayContaining(['engine']));
    expect(Object.keys(ofTorch!)).not.toEqual(expect.arrayContaining(['attention']));
    expect(Object.keys(ofTorch!)).not.toEqual(expect.arrayContaining(['computeDtype']));
    // A refusal of the API is told at the field of the set-up.
    expect([fieldOf(['torch', 'update']), fieldOf(['torch']), fieldOf(['ranks', 0])]).toEqual([
      'torch/update',
      'torch',
      'ranks',
    ]);
  });

  it('says whose bytes an answer has, and how they are set up', () => {
    const shown = { dtype: 'nf4', checkpointing: 'block', attention: 'chunked', classes: null } as const;
    const answer = partOf<Estimate>({ ...shown, profile: 'rankforge', engine: 'wasm' });
    expect(saidOf(answer)).toBe(
      'Bytes that the engine wasm of this platform holds at the peak of a step: the base in nf4, all else in float32, blocks run again, attention chunked.',
    );
    expect(saidOf({ ...answer, classes: 2 })).toMatch(/attention chunked, with a head of 2 outputs\.$/);
    expect(saidOf({ ...answer, classes: 1 })).toMatch(/with a head of 1 output\.$/);
    const torch = { ...start.torch, autocast: true, logits: 'model' } as const;
    expect(saidOf(partOf<Estimate>({ ...shown, profile: 'torch', torch }))).toBe(
      'Bytes that transformers and peft allocate on CUDA at the peak of a step: the base in nf4 with double quantization, prepared (tables, head, norms and the residual stream in float32), blocks run again, attention by sdpa, foreach updates, autocast, logits in the type of the model. A budget is held to what is reserved, between which bounds 95 of 100 runs are to lie; the CUDA context comes on top.',
    );
  });

  it('says that rows are more than the engine can hold, where some are', () => {
    const answer = partOf<Estimate>({ engine: 'wasm', rows: [{ memory: { total: 4e9 } }, { memory: { total: 5e9 } }] });
    expect(beyondEngineText({ ...answer, mostBytes: 3.75 * 2 ** 30 })).toBe(
      'A process of engine wasm can hold 3.75 GiB under any budget: choose tensorflow for larger ones.',
    );
    expect(beyondEngineText({ ...answer, mostBytes: 5e9 })).toBeUndefined();
    expect(beyondEngineText({ ...answer, mostBytes: null })).toBeUndefined();
  });

  it('says at each field what is wrong', () => {
    const wrong = {
      ...start,
      source: 'config' as const,
      config: '[1]',
      methods: [],
      ranks: ['x'],
      batch: 0,
      budget: '24',
    };
    const { request, mistakes } = checkValues(wrong);
    expect(request).toBeUndefined();
    expect(mistakes).toMatchObject({
      config: expect.stringMatching(/^expected an object/),
      methods: 'choose at least one method',
      budget: 'expected a size such as 24GiB, in one of MB, GB, TB, MiB, GiB, TiB, M, G, T',
      batch: expect.stringContaining('1'),
      ranks: expect.any(String),
    });
    expect(checkValues({ ...start, source: 'config', config: '{"a": ' }).mistakes.config).toMatch(/^not JSON: /);
  });

  it('puts a change into words, with what each part costs', () => {
    const changes = { batch: 2, rank: 1024, sequence: 300, gpus: 4, shard: 'fsdp', total: 2 ** 30 } as const;
    expect(partsOfChange(changes)).toEqual([
      { part: 'batch 2', cost: 'time' },
      { part: 'rank 1,024', cost: 'perhaps score' },
      { part: 'sequence 300', cost: 'the end of longer examples' },
      { part: '4 cards by fsdp', cost: 'cards' },
    ]);
  });

  it('tells uploaded files apart by what they hold', () => {
    const [config, adapter, sft] = ['{"model_type": "llama"}', '{"peft_type": "LORA"}', '{"max_length": 128}'];
    expect(valuesOfFiles([adapter, sft, config])).toEqual({ source: 'file', file: sft, adapter, config });
    expect(valuesOfFiles([adapter])).toEqual({ source: 'file', file: adapter, adapter: '', config: '' });
    expect(valuesOfFiles(['base_model: a/b\n'])).toMatchObject({ source: 'file', file: 'base_model: a/b\n' });
    expect(valuesOfFiles([config])).toEqual({ source: 'config', config });
  });

  it('asks about a file with the card and its share, and says what of it is no JSON', () => {
    const values = { ...start, source: 'file', file: 'adapter: lora', gpu: 'l4', config: '{"a": 1}' } as const;
    expect(checkFileValues({ ...values, torch: { ...start.torch, gpus: 2, shard: 'fsdp' } })).toEqual({
      request: { file: 'adapter: lora', config: { a: 1 }, gpu: 'l4', gpus: 2, shard: 'fsdp' },
      mistakes: {},
    });
    expect(checkFileValues({ ...values, file: ' ', adapter: '{' }).mistakes).toEqual({
      file: 'paste a configuration, or upload it',
      adapter: expect.stringMatching(/^not JSON: /),
    });
    expect(valuesOf(searchOf(values), start)).toMatchObject({ source: 'file', file: 'adapter: lora' });
  });

  it('takes a change of an answer over into its fields', () => {
    const change = { rank: 4, batch: 1, dtype: 'nf4', attention: 'sdpa', gpus: 2, shard: 'fsdp', total: 1 } as const;
    const asked = { ...start, profile: 'torch', torch: { ...start.torch, attention: 'eager', padded: false } } as const;
    expect(changedBy(change, asked)).toEqual({
      ...{ batch: 1, dtype: 'nf4', ranks: ['4'] },
      torch: { ...asked.torch, attention: 'sdpa', gpus: 2, shard: 'fsdp' },
    });
    expect(changedBy({ attention: 'chunked', total: 1 }, start)).toEqual({ attention: 'chunked' });
  });
});

describe('the address of an estimate', () => {
  const through = (values: typeof start) =>
    valuesOf(EstimateSearch.parse(JSON.parse(JSON.stringify(searchOf(values)))), startValues([clicks], ['vera']));

  it('gives the values back, also where another installation would begin with others', () => {
    const values = {
      ...start,
      ...{ methods: ['lora'], ranks: ['8', '64'], targets: ['query'], optimizer: 'lion', engine: 'webgpu' as const },
      ...{ dtype: 'nf4' as const, batch: 4, sequence: 128, classes: 3, budget: '' },
    };
    expect(through(values)).toEqual(values);
    expect(through(start)).toEqual(start);
    const torch = { ...start, profile: 'torch' as const, torch: { ...start.torch, autocast: true } };
    expect(through(torch)).toEqual(torch);
    const pasted = { ...start, source: 'config' as const, config: '{"model_type": "gpt2"}' };
    expect(through(pasted)).toEqual(pasted);
  });

  it('leaves out what is as on every first view, a text that is no number, and a config.json that is too long', () => {
    const { source, base, methods, targets } = start;
    expect(searchOf({ ...start, batch: Number.NaN, config: 'x'.repeat(5000) })).toEqual({
      source,
      base,
      methods,
      targets,
    });
    expect(EstimateSearch.parse({ engine: 'none', dtype: 7, batch: '4', base: 'b' })).toMatchObject({ base: 'b' });
  });
});

describe('an address that arrives', () => {
  it('is the own one of a form that has written further ones since', () => {
    expect(arrived('first', ['first', 'second'])).toEqual({ isOwn: true, left: ['second'] });
    expect(arrived('second', ['second'])).toEqual({ isOwn: true, left: [] });
  });

  it('overtakes those that were written before it', () => {
    expect(arrived('second', ['first', 'second', 'third'])).toEqual({ isOwn: true, left: ['third'] });
  });

  it('is a link where the form did not write it, or saw it arrive before', () => {
    expect(arrived('elsewhere', ['first'])).toEqual({ isOwn: false, left: ['first'] });
    expect(arrived('first', [])).toEqual({ isOwn: false, left: [] });
  });
});

it('says back what was asked for, and how many cards hold it', () => {
  const asked = { batch: 4, sequence: 2048, targets: ['query', 'value'], optimizer: 'adamw' };
  expect(askedOf(asked)).toBe('Batch 4, 2,048 tokens, adapters on query, value, optimizer adamw.');
  const torch = { ...start.torch, gpus: 4, shard: 'fsdp' } as const;
  expect(askedOf({ ...asked, torch })).toMatch(/^Each of 4 cards holds this by fsdp\. Batch 4/);
});

describe('a row', () => {
  it('names the first cards that hold it, and says if none does', () => {
    const names = ['t4', 'l4', 'a30', 'a100-40', 'l40', 'h100', 'h200', 'b200'];
    expect(cardsText({ cards: names })).toBe('held by t4, l4, a30, a100-40, l40, h100, and 2 more');
    expect(cardsText({ cards: [] })).toBe('no card that is known here holds it');
    expect(cardsText({})).toBeUndefined();
  });

  it('says the time of a step and of an epoch with what is assumed', () => {
    const time = { step: { low: 0.284, high: 0.74 }, epoch: { low: 0.78, high: 2.06 } };
    expect(timeText({ time })).toBe(
      "0.28 to 0.74 s a step, 0.78 to 2.1 h an epoch, if 20 to 50 % of the card's rate is reached",
    );
    expect(timeText({})).toBeUndefined();
  });
});
