import { describe, expect, it } from 'vitest';
import { checkValues, startValues } from '../src/features/estimate/request.js';
import { changeText } from '../src/features/estimate/row-text.js';

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
      budget: 'expected a size such as 24GiB, in one of MB, GB, TB, MiB, GiB, TiB',
      batch: expect.stringContaining('1'),
      ranks: expect.any(String),
    });
    expect(checkValues({ ...start, source: 'config', config: '{"a": ' }).mistakes.config).toMatch(/^not JSON: /);
  });

  it('puts a change into words, and says where none suffices', () => {
    expect(changeText({ batch: 2, rank: 1024, total: 2 ** 30 })).toBe('it would with batch 2, rank 1,024 (1.00 GiB)');
    expect(changeText(null)).toBe('no smaller batch, rank or sequence does');
  });
});
