import { beforeAll, expect, it } from 'vitest';
import { upload } from '../src/engine/upload.js';
import { openEngine } from '../src/index.js';
import { tf } from '../src/tensor/tf.js';

beforeAll(() => openEngine('wasm'));

// Takes the whole heap of WebAssembly, 4 GiB: its pages are touched where the machine gives them.
it('a full heap is an error that says so, and leaves the tensors that are there as they are', () => {
  const kept = tf.tensor1d([1, 2, 3]);
  const taken: ReturnType<typeof tf.zeros>[] = [];
  const fill = () => {
    for (let chunk = 0; chunk < 10; chunk++) taken.push(tf.zeros([2 ** 27]));
  };
  expect(fill).toThrow('out of memory: the heap of WebAssembly, of 4 GiB at most, has no 536870912 bytes left');
  expect(taken.length).toBeGreaterThan(0);
  expect(Array.from(kept.dataSync())).toEqual([1, 2, 3]);
  for (const tensor of taken) tensor.dispose();
  const again = tf.ones([2 ** 20]);
  expect(tf.sum(again).dataSync()[0]).toBe(2 ** 20);
});

it('a heap that was full before gives no memory past its end', () => {
  for (const round of [1, 2]) {
    const taken: ReturnType<typeof upload>[] = [];
    // Pages of these are not touched.
    const fill = () => {
      for (;;)
        taken.push(upload({ shape: [2 ** 26], values: new Float32Array(), fill: (target) => target.fill(1, -1) }));
    };
    expect(fill, `round ${round}`).toThrow('out of memory: the heap of WebAssembly, of 4 GiB at most');
    expect(taken.length).toBeGreaterThan(0);
    for (const tensor of taken) tensor.dispose();
  }
});
