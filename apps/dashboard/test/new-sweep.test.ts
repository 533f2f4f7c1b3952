import { CreateSweep } from '@rankforge/contracts';
import { describe, expect, it } from 'vitest';
import { emptySweep, fieldOf, fromSpec, newMethod, toRequest } from '../src/features/new-sweep/form-values.js';
import { readersOf, schemaFields } from '../src/features/new-sweep/schema-fields.js';

const config = {
  type: 'object',
  properties: {
    rank: { type: 'integer', default: 8, minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
    alpha: { type: 'number', default: 16, exclusiveMinimum: 0, description: 'Scale' },
    useBias: { type: 'boolean', default: false },
    kind: { enum: ['a', 'b'] },
  },
};
const entry = { title: '', paper: null, evidence: { level: 'full' as const }, usesRank: true, config };
const catalog = {
  methods: [
    {
      ...entry,
      name: 'lora',
      summary: '',
      parameterFormula: '',
      memoryFormula: '',
      startsAtBase: true,
      learningRates: [],
    },
  ],
  optimizers: [{ ...entry, name: 'adamw' }],
};

describe('schemaFields', () => {
  it('draws a field for each property but those that stand elsewhere', () => {
    expect(schemaFields(config, ['rank'])).toMatchObject([
      { name: 'alpha', label: 'Alpha', kind: 'number', fallback: '16', range: '> 0', description: 'Scale' },
      { name: 'useBias', label: 'Use bias', kind: 'choice', options: ['true', 'false'], fallback: 'false' },
      { name: 'kind', kind: 'choice', options: ['a', 'b'], fallback: undefined },
    ]);
  });

  it('leaves out bounds that only keep integers safe', () => {
    expect(schemaFields(config)[0]?.range).toBe('≥ 1');
  });
});

describe('toRequest', () => {
  const values = {
    ...emptySweep({ task: 'moby-dick', base: 'tiny', method: undefined }),
    name: 'ranks',
    methods: [{ ...newMethod('lora'), config: { alpha: ['8', '16'], useBias: ['true'], kind: [] } }],
    rank: ['4'],
  };

  it('sends one value as a scalar, several as an axis, none not at all', () => {
    expect(toRequest(values, readersOf(catalog)).methods[0]?.config).toEqual({ alpha: [8, 16], useBias: true });
  });

  it('makes a request that the contract takes, and that comes back as the same values', () => {
    const parsed = CreateSweep.parse(toRequest(values, readersOf(catalog)));
    const again = toRequest({ ...fromSpec(parsed), name: 'ranks' }, readersOf(catalog));
    expect(CreateSweep.parse(again)).toEqual(parsed);
  });

  it('lets the schema refuse a text that is no number, at its place', () => {
    const parsed = CreateSweep.safeParse(toRequest({ ...values, rank: ['4', 'eight'] }, readersOf(catalog)));
    expect(parsed.error?.issues.map(({ path }) => path)).toEqual([['rank', 1]]);
  });
});

describe('fieldOf', () => {
  it.each([
    ['/rank/1', 'rank'],
    ['/methods/0', 'methods.0'],
    ['/methods/0/config/alpha/2', 'methods.0.config.alpha'],
    ['/methods/1/config/alpha', 'methods.1.config.alpha'],
    ['', ''],
  ])('%s is about %s', (pointer, field) => expect(fieldOf(pointer)).toBe(field));
});
