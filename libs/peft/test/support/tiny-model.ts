import type { TaskData } from '../../src/data/task-data.js';
import type { GradientPart, Method } from '../../src/method.js';
import { gpt2Config } from '../../src/models/architectures/gpt2.js';
import { initialValues, LoadedBase } from '../../src/models/base.js';
import { layerNames } from '../../src/models/config.js';
import type { Batch, Split } from '../../src/objectives/data.js';
import { methods } from '../../src/registry.js';
import { createRandom } from '../../src/tensor/random.js';
import { refusal } from '../../src/training/refusals/refusal.js';
import { type Companions, companionsOf } from './companions.js';

const vocabulary = 13;
const sequence = 8;

export const tinyConfig = gpt2Config.parse({
  architecture: 'gpt2',
  vocabularySize: vocabulary,
  // Room for what a method puts before the tokens.
  contextLength: 2 * sequence,
  width: 16,
  layers: 2,
  heads: 2,
  mlpWidth: 24,
  normEpsilon: 1e-5,
});

/** All linear layers carry an adapter. */
export const targets = layerNames(tinyConfig);

/** The method that trains all weights where an optimizer trains these, else the first that it is for; of rank 4. */
export function suitedTo(optimizer: GradientPart): Method {
  const everyWeight = methods.find(
    ({ weight, rank, trainsBase }) =>
      !weight && !rank && trainsBase?.({ path: 'any', kind: 'kernel', shape: [2, 2], targeted: true }, {}),
  )!;
  return [everyWeight, ...methods].find((method) => {
    const config = method.config.parse(method.usesRank ? { rank: 4 } : {});
    return refusal({ model: tinyConfig, method, config, targets, optimizer }) === undefined;
  })!;
}

/**
 * Two blocks of width 16. The kernels are large enough for frozen singular vectors and rescalings to have an effect.
 *
 * @param bias every number of every bias; a model before its training has 0
 */
export function tinyBase(bias = 0): LoadedBase {
  const config = tinyConfig;
  const values = initialValues(config, createRandom(3));
  for (const [path, { values: kernel }] of values) {
    if (path.endsWith('.kernel') || path.startsWith('embedding')) {
      kernel.forEach((value, index) => {
        kernel[index] = 10 * value;
      });
    }
    if (path.endsWith('.bias')) kernel.fill(bias);
  }
  return new LoadedBase({ config, values, tokenizer: null });
}

/** Arithmetic progressions of tokens: the next token follows from the two before it. */
function progressions(size: number, seed: number): Split {
  const random = createRandom(seed);
  const starts = Array.from({ length: size }, () => [random.integer(vocabulary), 1 + random.integer(3)] as const);
  const token = ([start, stride]: readonly [number, number], position: number) =>
    (start + stride * position) % vocabulary;
  return {
    size,
    batch(indices): Batch {
      const at = (offset: number) =>
        Int32Array.from(
          indices.flatMap((index) =>
            Array.from({ length: sequence }, (_, position) => token(starts[index]!, position + offset)),
          ),
        );
      return {
        size: indices.length,
        sequence,
        inputs: at(0),
        targets: at(1),
        lengths: new Int32Array(indices.length).fill(sequence),
      };
    },
  };
}

/** The stride of a progression is its class. */
function strides(size: number, seed: number): Split {
  const { batch, ...split } = progressions(size, seed);
  return {
    ...split,
    batch(indices) {
      const read = batch(indices);
      const stride = (example: number) => {
        const [first, second] = read.inputs.subarray(example * sequence);
        return (second! - first! + vocabulary) % vocabulary;
      };
      return { ...read, targets: Int32Array.from(indices, (_, example) => stride(example) - 1) };
    },
  };
}

export const tinyClasses: TaskData = {
  objective: 'classification',
  classes: 3,
  train: strides(32, 1),
  validation: strides(8, 2),
  test: strides(8, 3),
};

/** What a trial of a method has here besides the tiny base. */
export function tinyCompanions(method: Method): Companions {
  const config = method.config.parse(method.usesRank ? { rank: 4 } : {});
  return companionsOf(method, { model: tinyConfig, targets, config });
}

/** What a method is trained on here: text, or classes where there is nothing to train on text. */
export function dataFor(method: Method): TaskData {
  const config = method.config.parse(method.usesRank ? { rank: 4 } : {});
  const { plan } = companionsOf(method, { model: tinyConfig, targets, config });
  return refusal({ model: tinyConfig, method, config, targets, ...plan }) === undefined ? tinyData : tinyClasses;
}

export const tinyData: TaskData = {
  objective: 'language-modelling',
  train: progressions(32, 1),
  validation: progressions(8, 2),
  test: progressions(8, 3),
};
