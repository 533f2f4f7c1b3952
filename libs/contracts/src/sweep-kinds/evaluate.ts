import { Slug } from '../common.js';
import { baseline } from '../trial-kinds/baseline.js';
import { evaluate as trial } from '../trial-kinds/evaluate.js';
import type { SweepKindRecord } from './record.js';

export const evaluate = {
  name: 'evaluate',
  label: 'Evaluate',
  boardLabel: 'Evaluation',
  says: 'Compares procedures that ask a generator, or attacks on a ranker of yours; nothing is trained.',
  purpose: 'compare procedures that ask a generator, or attacks on a ranker, beside methods that train nothing',
  fields: {
    generator: {
      schema: Slug.optional().meta({
        description: 'Of an evaluation: the generator that its procedures ask, by its name. See `GET /v1/generators`.',
      }),
      instead: 'set kind to "evaluate"',
    },
  },
  trial: trial.name,
  baseline: baseline.name,
  methods: ['evaluate', 'baseline'],
  wholeModel: false,
  makesSmaller: false,
  configurationsCompete: true,
} as const satisfies SweepKindRecord;
