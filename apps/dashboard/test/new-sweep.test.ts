import {
  CreateSweep,
  type EngineName,
  flatIssues,
  type OfferedEngines,
  offeredEngines,
  TrainingOptions,
} from '@rankforge/contracts';
import { describe, expect, it } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import { suggestedBudgets } from '../src/features/new-sweep/budgets.js';
import { emptyTraining, fieldOf, fromSpec, newMethod, toRequest } from '../src/features/new-sweep/form-values.js';
import { readersOf, schemaFields } from '../src/features/new-sweep/schema-fields.js';
import { emptySweep, firstPair, startOf } from '../src/features/new-sweep/start-values.js';

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
      trains: true,
      startsAtBase: true,
      kinds: ['finetune' as const],
      learnsFromTeacher: false,
      learningRates: [],
    },
  ],
  optimizers: [{ ...entry, name: 'adamw', stateFormula: '' }],
  strategies: [{ ...entry, name: 'fedavg', summary: '' }],
  recipes: [{ ...entry, name: 'hinge', summary: '', objectives: ['ranking'] }],
  attacks: ['sign-flip'],
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

describe('suggestedBudgets', () => {
  const row = (mib: number) =>
    partOf<Parameters<typeof suggestedBudgets>[0][number]>({ predicted: { total: mib * 2 ** 20 } });

  it('rounds up to two digits what all, half and the smallest of the configurations need', () => {
    expect(suggestedBudgets([row(11.2), row(30), row(7.9), row(411)])).toEqual([
      { mib: 420, fits: 4, of: 4 },
      { mib: 12, fits: 2, of: 4 },
      { mib: 8.1, fits: 1, of: 4 },
    ]);
    expect(suggestedBudgets([row(3.89)])).toEqual([{ mib: 4, fits: 1, of: 1 }]);
  });

  it('suggests nothing where the training is fitted to the budget', () => {
    expect(suggestedBudgets([{ ...row(11.2), fitted: ['rank'] }])).toEqual([]);
    expect(suggestedBudgets([])).toEqual([]);
  });
});

describe('startOf', () => {
  type Offered = Parameters<typeof startOf>[0];
  const methods = partOf<Offered['methods']>(catalog);
  const tasks = partOf<Offered['tasks']>([
    { name: 'moby-dick', reads: 'tokens', writes: true },
    { name: 'dataset:mine', reads: 'image' },
  ]);
  const bases = partOf<Offered['bases']>([
    { name: 'tiny', input: { kind: 'tokens' }, writes: true },
    { name: 'vit', input: { kind: 'image' } },
  ]);

  const engines = offeredEngines([]);

  it('has the engine that is proposed where workers are as they are', () => {
    const live = (...names: EngineName[]) => offeredEngines([{ state: 'live', engines: names }]);
    const engineOf = (engines: OfferedEngines) => startOf({ methods, tasks, bases, engines }, undefined).engine;
    expect(engineOf(live('wasm', 'tensorflow'))).toBe('tensorflow');
    expect(engineOf(live('wasm', 'webgpu'))).toBe('wasm');
  });

  it('keeps the task that a page is about, with a base that reads it', () => {
    expect(startOf({ methods, tasks, bases, engines }, 'dataset:mine')).toMatchObject({
      task: 'dataset:mine',
      base: 'vit',
    });
    expect(startOf({ methods, tasks, bases: bases.slice(0, 1), engines }, 'dataset:mine')).toMatchObject({
      task: 'dataset:mine',
      base: '',
    });
    expect(startOf({ methods, tasks, bases, engines }, undefined)).toMatchObject({ task: 'moby-dick', base: 'tiny' });
  });
});

describe('emptyTraining', () => {
  it('has a field for every option of a training', () => {
    expect(Object.keys(emptyTraining)).toEqual(expect.arrayContaining(Object.keys(TrainingOptions.shape)));
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

  it('names the generator of an evaluation or a fine-tuning, and of no other sweep', () => {
    const asking = { ...values, methods: [newMethod('prp')], generator: 'local' };
    expect(toRequest({ ...asking, kind: 'compress' }, readersOf(catalog))).not.toHaveProperty('generator');
    const parsed = CreateSweep.parse(toRequest({ ...asking, kind: 'evaluate' }, readersOf(catalog)));
    expect(parsed.generator).toBe('local');
    expect(fromSpec(parsed).generator).toBe('local');
    expect(toRequest({ ...asking, kind: 'finetune' }, readersOf(catalog))).toHaveProperty('generator', 'local');
  });

  it.each([{ kind: 'tpe', trials: 12, parallel: 2 } as const, { kind: 'sobol', trials: 8, parallel: '' } as const])(
    'takes ranges, a search and schedulers, which come back as the same values: $kind',
    (search) => {
      const sampled = {
        ...values,
        rank: ['2..32'],
        learningRate: ['1e-5..1e-2:linear'],
        search: { ...values.search, ...search },
        training: { ...values.training, steps: 90, evalEvery: 10 },
      };
      for (const kind of ['none', 'asha', 'hyperband', 'median'] as const) {
        const scheduler = {
          ...sampled.scheduler,
          kind,
          minSteps: 10,
          reduction: 3,
          validationExamples: 50,
          startupTrials: 4,
        } as const;
        const parsed = CreateSweep.parse(toRequest({ ...sampled, scheduler }, readersOf(catalog)));
        expect(parsed.rank).toEqual({ min: 2, max: 32, scale: 'log' });
        expect(parsed.learningRate).toEqual({ min: 1e-5, max: 1e-2, scale: 'linear' });
        expect(parsed.search).toMatchObject({ kind: search.kind, trials: search.trials });
        expect(parsed.scheduler?.kind ?? 'none').toBe(kind);
        const again = toRequest({ ...fromSpec(parsed), name: 'ranks' }, readersOf(catalog));
        expect(CreateSweep.parse(again)).toEqual(parsed);
      }
    },
  );

  it('takes lists on the axes of the training, of the sweep and of a method, which come back as the same values', () => {
    const places = { queryTokens: 16, titleWithQuery: true as const };
    const listed = {
      ...values,
      methods: [{ ...values.methods[0]!, baseDtype: ['nf4'] }, newMethod('dora')],
      training: { ...values.training, checkpointing: ['none', 'block'], apartBlocks: ['0', '4'], ...places },
    };
    const parsed = CreateSweep.parse(toRequest(listed, readersOf(catalog)));
    const training = { checkpointing: ['none', 'block'], apartBlocks: [0, 4], ...places };
    expect(parsed.training).toMatchObject(training);
    expect(parsed.methods.map(({ baseDtype }) => baseDtype)).toEqual([['nf4'], undefined]);
    const again = toRequest({ ...fromSpec(parsed), name: 'ranks' }, readersOf(catalog));
    expect(CreateSweep.parse(again)).toEqual(parsed);
  });

  it('makes a request that the contract takes, and that comes back as the same values', () => {
    const parsed = CreateSweep.parse(toRequest(values, readersOf(catalog)));
    const again = toRequest({ ...fromSpec(parsed), name: 'ranks' }, readersOf(catalog));
    expect(CreateSweep.parse(again)).toEqual(parsed);
  });

  it('sends a recipe with its settings, which come back as the same values, and none where none is chosen', () => {
    const [method] = values.methods;
    const methods = [{ ...method!, recipe: 'hinge', recipeConfig: { alpha: ['1', '2'] } }, method!];
    const parsed = CreateSweep.parse(toRequest({ ...values, methods }, readersOf(catalog)));
    expect(parsed.methods[0]).toMatchObject({ recipe: 'hinge', recipeConfig: { alpha: [1, 2] } });
    expect(Object.keys(parsed.methods[1]!)).not.toContain('recipe');
    expect(CreateSweep.parse(toRequest({ ...fromSpec(parsed), name: 'ranks' }, readersOf(catalog)))).toEqual(parsed);
  });

  it('sends a federation with its scenarios, and strategies, which come back as the same values', () => {
    const federation = {
      ...values.federation,
      partition: { ...values.federation.partition, by: 'field' as const, field: 'group' },
      participation: ['1', '0.4'],
      adversaries: ['none', 'sign-flip:0.2', 'scaled:0.4:3'],
      lost: ['0', '0.1'],
      quorum: 0.5,
      asTrials: true,
      roundSeconds: 60,
      privacy: { clip: 1, noise: ['0', '0.5'], delta: '' as const },
    };
    const [method] = values.methods;
    const methods = [{ ...method!, strategyConfig: { alpha: ['1', '2'] }, clientRanks: ['a:b:2', 'c:1'] }];
    const training = { ...values.training, steps: 7 };
    const request = toRequest({ ...values, kind: 'federate', federation, methods, training }, readersOf(catalog));
    const parsed = CreateSweep.parse(request);
    expect(parsed.federation).toMatchObject({
      partition: { by: 'field', field: 'group' },
      rounds: 10,
      localSteps: 10,
      participation: [1, 0.4],
      adversaries: [{ attack: 'none' }, { share: 0.2, factor: 10 }, { attack: 'scaled', share: 0.4, factor: 3 }],
      lost: [0, 0.1],
      quorum: 0.5,
      asTrials: true,
      roundSeconds: 60,
      held: false,
      privacy: { clip: 1, noise: [0, 0.5] },
    });
    expect(parsed.methods[0]).toMatchObject({
      strategy: 'fedavg',
      strategyConfig: { alpha: [1, 2] },
      clientRanks: { 'a:b': 2, c: 1 },
    });
    // They follow from the rounds.
    expect(parsed.training.steps).toBeUndefined();
    expect(CreateSweep.parse(toRequest({ ...fromSpec(parsed), name: 'ranks' }, readersOf(catalog)))).toEqual(parsed);
    expect(toRequest({ ...values, federation }, readersOf(catalog))).not.toHaveProperty('federation');
    expect(fieldOf('/federation/adversaries/1/share')).toBe('federation.adversaries');
    // The form hides a recipe, and where clients are of sizes whether only those that hold data train: neither is sent.
    const hidden = {
      ...values,
      kind: 'federate' as const,
      methods: [{ ...method!, recipe: 'hinge' }],
      federation: { ...federation, held: true, partition: { ...federation.partition, by: 'size' as const } },
    };
    const sent = toRequest(hidden, readersOf(catalog));
    expect(sent.methods[0]).not.toHaveProperty('recipe');
    expect(sent.federation).not.toHaveProperty('held');
    expect(fieldOf('/federation/participation/0')).toBe('federation.participation');
  });

  it.each([
    [
      { tuningTrials: '', extensions: '', finalSeeds: '', seed: '' } as const,
      { kind: 'fair', extensions: 0, finalSeeds: 5, seed: 0 },
    ],
    [
      { tuningTrials: 4, extensions: 2, finalSeeds: 3, seed: 9 } as const,
      { kind: 'fair', tuningTrials: 4, extensions: 2, finalSeeds: 3, seed: 9 },
    ],
  ])('leaves what is tried to a fair protocol, which comes back as the same values: %j', (fields, expected) => {
    const fair = {
      ...values,
      protocol: { kind: 'fair', ...fields } as const,
      search: { ...values.search, kind: 'tpe' } as const,
      objective: { metric: 'loss', direction: 'minimize' } as const,
    };
    const request = toRequest(fair, readersOf(catalog));
    expect(request).not.toHaveProperty('search');
    const parsed = CreateSweep.parse(request);
    expect(parsed.protocol).toEqual(expected);
    expect(parsed.objective).toEqual({ metric: 'loss', direction: 'minimize' });
    const again = toRequest({ ...fromSpec(parsed), name: 'ranks' }, readersOf(catalog));
    expect(CreateSweep.parse(again)).toEqual(parsed);
  });

  it('reads limits on measures, which come back as the same values', () => {
    const limits = ['flops=1e9', 'flops=2000000000', 'trainableParameters=500'];
    const parsed = CreateSweep.parse(toRequest({ ...values, limits }, readersOf(catalog)));
    expect(parsed.limits).toEqual({ flops: [1e9, 2e9], trainableParameters: [500] });
    const again = toRequest({ ...fromSpec(parsed), name: 'ranks' }, readersOf(catalog));
    expect(CreateSweep.parse(again)).toEqual(parsed);
    const refusedAt = (text: string) => {
      const refused = CreateSweep.safeParse(toRequest({ ...values, limits: [text] }, readersOf(catalog)));
      return flatIssues(refused.error!.issues).map(({ path }) => path);
    };
    expect(refusedAt('flops=few')).toEqual([['limits', 'flops', 0]]);
    expect(refusedAt('luck=3')).toEqual([['limits', 'luck']]);
  });

  it('lets the schema refuse a text that is no number, at its place', () => {
    const parsed = CreateSweep.safeParse(toRequest({ ...values, rank: ['4', 'eight'] }, readersOf(catalog)));
    expect(flatIssues(parsed.error!.issues).map(({ path }) => path)).toEqual([['rank', 1]]);
  });
});

describe('fieldOf', () => {
  it.each([
    ['/rank/1', 'rank'],
    ['/methods/0', 'methods.0'],
    ['/methods/0/config/alpha/2', 'methods.0.config.alpha'],
    ['/methods/1/config/alpha', 'methods.1.config.alpha'],
    ['/limits/flops/0', 'limits'],
    ['/rank/max', 'rank'],
    ['/methods/2/learningRate/min', 'methods.2.learningRate'],
    ['/methods/0/config/rank', 'methods.0.config.rank'],
    ['/methods/0/clientRanks/nort', 'methods.0.clientRanks'],
    ['', ''],
  ])('%s is about %s', (pointer, field) => expect(fieldOf(pointer)).toBe(field));
});

describe('a new form', () => {
  const tasks = [
    { name: 'clicks', reads: 'fields' as const, writes: false },
    { name: 'digits', reads: 'image' as const, writes: false },
    { name: 'moby-dick', reads: 'tokens' as const, writes: true },
    { name: 'spam', reads: 'tokens' as const, writes: false },
  ];
  const fields = { name: 'click-mlp', input: { kind: 'fields' as const, cardinalities: [3] }, writes: false };
  const input = { kind: 'tokens' as const, vocabularySize: 8, contextLength: 4 };
  const text = { name: 'tiny', input, writes: true };
  const encoder = { name: 'minilm', input, writes: false };

  it('begins with a base that can learn the task, of texts where there is one', () => {
    expect(firstPair(tasks, [fields, text])).toEqual({ task: 'moby-dick', base: 'tiny' });
    expect(firstPair(tasks, [encoder, text])).toEqual({ task: 'moby-dick', base: 'tiny' });
    expect(firstPair(tasks, [fields, encoder])).toEqual({ task: 'spam', base: 'minilm' });
    expect(firstPair(tasks, [fields])).toEqual({ task: 'clicks', base: 'click-mlp' });
    expect(firstPair(tasks, [])).toEqual({ task: '', base: '' });
  });
});
