import { baseline } from '../trial-kinds/baseline.js';
import { evaluate as trial } from '../trial-kinds/evaluate.js';
import { generatorField } from './generator-field.js';
import type { SweepKindRecord } from './record.js';

export const evaluate = {
  name: 'evaluate',
  label: 'Evaluate',
  boardLabel: 'Evaluation',
  says: 'Compares procedures that ask a generator, or attacks on a ranker of yours; nothing is trained.',
  purpose: 'compare procedures that ask a generator, or attacks on a ranker, beside methods that train nothing',
  fields: { generator: generatorField },
  trial: trial.name,
  baseline: baseline.name,
  methods: ['evaluate', 'baseline'],
  wholeModel: false,
  makesSmaller: false,
  configurationsCompete: true,
} as const satisfies SweepKindRecord;
