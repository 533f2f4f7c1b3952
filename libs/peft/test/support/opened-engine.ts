import { afterAll, beforeAll, expect } from 'vitest';
import { engineOptions } from '../../../../test/support/engines.js';
import { type Engine, openEngine } from '../../src/engine/engine.js';
import type { LoadedBase } from '../../src/models/base.js';
import { tf } from '../../src/tensor/tf.js';
import { tinyBase } from './tiny-model.js';

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

/**
 * The same with the tiny base, which is disposed after the tests.
 *
 * @example const on = openedBase(); // in a `describe` or a file; in its tests: on.engine, on.base
 */
export function openedBase(make: () => LoadedBase = tinyBase): { readonly engine: Engine; readonly base: LoadedBase } {
  const on = openedEngine('wasm');
  let base: LoadedBase;
  let bytesBefore = 0;
  beforeAll(() => {
    bytesBefore = on.engine.liveBytes();
    base = make();
  });
  afterAll(() => {
    base.dispose();
    expect(on.engine.liveBytes(), 'bytes left over').toBe(bytesBefore);
  });
  return {
    get engine() {
      return on.engine;
    },
    get base() {
      return base;
    },
  };
}
