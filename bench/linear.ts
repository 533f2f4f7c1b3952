/** @file Gain of the library's `linear` over tfjs's own gradients, forward and backward, on wasm. */
import { differentiate, disposeGradients, linear, openEngine, tf } from '@rankforge/peft/engine';
import type { Rank } from '@tensorflow/tfjs-core';
import { type Bench, percentile } from './bench.js';

const ROWS = 512;
const REPETITIONS = 30;
const WARM_UP = 5;
const shapes = [
  [64, 64],
  [64, 256],
  [256, 64],
  [256, 1024],
] as const;

type Tensor = ReturnType<typeof tf.tensor>;

/** Median milliseconds of a run. */
function time(run: () => void): number {
  const samples = Array.from({ length: WARM_UP + REPETITIONS }, () => {
    const began = performance.now();
    run();
    return performance.now() - began;
  });
  return percentile(samples.slice(WARM_UP), 0.5);
}

function measure(inputs: number, outputs: number, trainsKernel: boolean) {
  const x = tf.randomNormal<Rank.R2>([ROWS, inputs], 0, 1, 'float32', 1);
  const kernel = tf.randomNormal<Rank.R2>([inputs, outputs], 0, 1, 'float32', 2);
  const bias = tf.zeros<Rank.R1>([outputs]);
  const naive = (a: Tensor, w: Tensor) => tf.sum(tf.add(tf.matMul(a as typeof x, w as typeof kernel), bias));
  const theirs = trainsKernel
    ? () => tf.dispose(tf.grads(naive)([x, kernel]))
    : () => tf.dispose(tf.grad((a: Tensor) => naive(a, kernel))(x));
  const parameters = new Map<string, Tensor>([['x', x], ...(trainsKernel ? [['kernel', kernel] as const] : [])]);
  const ours = () => {
    const { value, gradients } = differentiate(parameters, () => tf.sum(linear(x, kernel, bias)));
    disposeGradients(gradients);
    value.dispose();
  };
  const times = { theirs: time(theirs), ours: time(ours) };
  tf.dispose([x, kernel, bias]);
  return times;
}

export default {
  title: 'Linear layer, forward and backward, wasm: tfjs gradients against ours, milliseconds',
  async run() {
    await openEngine('wasm');
    const rows = shapes.flatMap(([inputs, outputs]) =>
      [false, true].map((trainsKernel) => {
        const { theirs, ours } = measure(inputs, outputs, trainsKernel);
        return [`${inputs} x ${outputs}`, trainsKernel ? 'trained' : 'frozen', theirs, ours, theirs / ours];
      }),
    );
    return {
      columns: ['kernel', 'is', 'tfjs', 'ours', 'gain'],
      rows,
      notes: [
        `${ROWS} rows; median of ${REPETITIONS} runs after ${WARM_UP} to warm up; gradient of the input in both cases`,
      ],
    };
  },
} satisfies Bench;
