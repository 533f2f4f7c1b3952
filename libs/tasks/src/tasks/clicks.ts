import type { Split } from '@rankforge/peft';
import { CARDINALITIES, CLICK_SEED, type Clicks, drawClicks } from '../generated/clicks.js';
import { defineTask } from '../task.js';
import { checkIndices } from '../text/indices.js';

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

function splitOf({ size, ids, clicks }: Clicks): Split {
  const count = CARDINALITIES.length;
  return {
    size,
    batch(indices) {
      checkIndices(indices, size);
      const fields = new Int32Array(indices.length * count);
      indices.forEach((index, row) => {
        fields.set(ids.subarray(index * count, (index + 1) * count), row * count);
      });
      return {
        size: indices.length,
        sequence: 0,
        inputs: new Int32Array(0),
        fields,
        targets: Int32Array.from(indices, (index) => clicks[index]!),
        lengths: new Int32Array(0),
      };
    },
  };
}
