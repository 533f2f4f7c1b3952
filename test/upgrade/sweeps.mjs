/** @file Contents of the populated database: a sweep of each kind and search, and each end that a trial can have. */

const training = { steps: 6, batchSize: 4, sequenceLength: 16, checkpointEvery: 3, evalEvery: 3 };
const base = 'nano-sotu';
const words = 'dataset:words';
const mails = 'dataset:mails';

const sweep = (name, rest) => ({
  name,
  task: words,
  base,
  methods: [{ name: 'lora' }],
  rank: [2],
  memoryBudgetMiB: [64],
  learningRate: [0.003],
  seed: [0],
  ...rest,
  training: { ...training, ...rest.training },
});

/**
 * Sweeps in the order in which they are sent; each waits for those before it. They are functions of a function that gives the
 * id of a training of an earlier sweep by that sweep's name. `after` is done to a sweep in place of waiting for its end.
 */
export const sweeps = [
  () =>
    sweep('methods in two budgets', {
      methods: [
        { name: 'lora', rank: [2, 4], learningRate: [0.001, 0.01] },
        { name: 'full-ft' },
        { name: 'full-ft', optimizer: 'sgd', learningRate: [0.05] },
        { name: 'bitfit' },
      ],
      memoryBudgetMiB: [2, 64],
      seed: [0, 1, 2],
    }),
  () => sweep('ranks of one training', { methods: [{ name: 'dylora' }], rank: [4], seed: [0, 1] }),
  () =>
    sweep('classes', {
      task: mails,
      methods: [{ name: 'lora' }, { name: 'bitfit' }, { name: 'full-ft', optimizer: 'galore' }],
      seed: [0, 1],
    }),
  () =>
    sweep('a training that diverges', {
      methods: [{ name: 'full-ft', optimizer: 'sgdm' }],
      learningRate: [100],
      training: { steps: 30, evalEvery: 30, checkpointEvery: 30 },
    }),
  () => sweep('the largest rank that fits', { methods: [{ name: 'rslora' }], rank: 'max', memoryBudgetMiB: [2] }),
  () =>
    sweep('larger ranks implied', {
      methods: [{ name: 'dora' }],
      rank: [8, 64, 128],
      memoryBudgetMiB: [1.9],
      skipLargerRanks: true,
    }),
  () =>
    sweep('halving', {
      methods: [{ name: 'lora', rank: [4] }],
      learningRate: [1e-5, 1e-4, 1e-3, 1e-2],
      seed: [7],
      scheduler: { kind: 'asha', minSteps: 2, reduction: 2, parallel: 4 },
    }),
  () =>
    sweep('tuned alike', {
      methods: [{ name: 'lora' }, { name: 'vera' }],
      learningRate: [0.002, 0.02],
      seed: [3],
      protocol: { kind: 'fair', tuningTrials: 2, finalSeeds: 2 },
    }),
  () =>
    sweep('halves', {
      kind: 'compress',
      methods: [
        { name: 'svd', config: { ratio: 0.5 } },
        { name: 'welore', config: {} },
      ],
      recoverySteps: [0, 4],
      seed: [0, 1],
      training: { steps: undefined, checkpointEvery: undefined, evalEvery: undefined },
    }),
  () =>
    sweep('from scratch', {
      kind: 'pretrain',
      methods: [{ name: 'full-ft' }, { name: 'lora-pretrain' }],
      seed: [0, 1],
    }),
  (trained) =>
    sweep('with a teacher', {
      methods: [{ name: 'lora', rank: [4], teacher: trained('methods in two budgets') }],
      seed: [0, 1],
    }),
  (trained) => sweep('on a model', { on: trained('methods in two budgets'), seed: [0, 1] }),
  // The worker has stopped before these.
  () => ({ ...sweep('held', { methods: [{ name: 'loha' }], seed: [0, 1] }), after: 'pause' }),
  () => ({ ...sweep('given up', { methods: [{ name: 'lokr' }] }), after: 'cancel' }),
];

const syllables = 'ba ke lo mi nu pa re so ti vu da fe go hi ju'.split(' ');

/** Rows of two data sets: lines of words unlike each other, and e-mails of two classes told apart by a word. */
export function datasets() {
  let state = 1;
  const draw = (count) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % count;
  };
  const word = () => syllables[draw(syllables.length)] + syllables[draw(syllables.length)];
  const text = (length) => Array.from({ length }, word).join(' ');
  const rows = (count, row) => Array.from({ length: count }, (_, index) => `${JSON.stringify(row(index))}\n`).join('');
  return [
    {
      spec: { name: 'words', format: 'jsonl', mapping: { objective: 'language-modelling', text: 'text' } },
      file: rows(160, () => ({ text: text(12) })),
    },
    {
      spec: {
        name: 'mails',
        format: 'jsonl',
        mapping: { objective: 'classification', text: 'text', label: 'label' },
      },
      file: rows(240, (index) => {
        const label = ['ham', 'spam'][index % 2];
        return { text: `${draw(3) > 0 && label === 'spam' ? 'offer ' : ''}${text(8)}`, label };
      }),
    },
  ];
}
