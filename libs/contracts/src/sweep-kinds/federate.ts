import { RequestedFederation } from '../federation.js';
import { aggregate } from '../trial-kinds/aggregate.js';
import { federate as trial } from '../trial-kinds/federate.js';
import type { SweepKindRecord } from './record.js';

export const federate = {
  name: 'federate',
  label: 'Federate',
  boardLabel: 'Federation',
  says: 'Adapts the base model at several sites that keep their examples and exchange messages.',
  purpose: 'adapt a base model to a task by clients that exchange messages',
  fields: {
    federation: {
      schema: RequestedFederation.optional().meta({
        description: 'Of a federation: its clients, rounds and scenarios. Methods then name their `strategy`.',
      }),
      instead: 'set kind to "federate"',
    },
  },
  trial: trial.name,
  trialOfParts: aggregate.name,
  methods: ['finetune'],
  wholeModel: false,
  makesSmaller: false,
  configurationsCompete: false,
} as const satisfies SweepKindRecord;
