import { afterAll, beforeAll, expect } from 'vitest';
import { engineOptions } from '../../../../test/support/engines.js';
import { type Engine, openEngine } from '../../src/engine/engine.js';
import { tf } from '../../src/tensor/tf.js';

/**
 * Opens an engine before the tests of the suite that calls this; after them no tensor may be left over.
 *
 * @example const on = openedEngine('wasm'); // in a `describe`; in its tests: on.engine
 */
export function openedEngine(name: Parameters<typeof openEngine>[0]): { readonly engine: Engine } {
  let opened: Engine;
  let tensorsBefore = 0;
  beforeAll(async () => {
    opened = await openEngine(name, engineOptions);
    tensorsBefore = tf.memory().numTensors;
  });
  afterAll(() => expect(tf.memory().numTensors, 'tensors left over').toBe(tensorsBefore));
  return {
    get engine() {
      return opened;
    },
  };
}
