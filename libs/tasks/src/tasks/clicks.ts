import { fieldRows } from '@rankforge/peft';
import { CARDINALITIES, CLICK_SEED, type Clicks, drawClicks } from '../simulated/clicks.js';
import { defineTask } from '../task.js';

export const clicks = defineTask({
  name: 'clicks',
  title: 'Clicks, generated',
  description: 'Tell whether eight categorical fields lead to a click; drawn from a truth that is known.',
  objective: 'binary-classification',
  fields: CARDINALITIES,
  source: { seed: CLICK_SEED, licence: 'Apache-2.0' },
  parsers: [],
  preprocessing: 1,
  defaults: { steps: 400, batchSize: 256, sequenceLength: 64 },
  async load() {
    const { train, validation, test } = drawClicks();
    return {
      objective: 'binary-classification',
      train: splitOf(train),
      validation: splitOf(validation),
      test: splitOf(test),
    };
  },
});

const splitOf = ({ size, ids, clicks }: Clicks) => fieldRows({ size, ids, events: clicks });
