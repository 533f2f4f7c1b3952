/** @file The open engine as it is where no kernel computes formulas, as on an accelerator. */
import { formulaKernels } from '../../src/engine/formulas.js';
import type { EngineName } from '../../src/engine/traits.js';
import { tf } from '../../src/tensor/tf.js';

/** Takes the kernels of formulas from an open engine, if it has any. @returns gives them back */
export function byOperations(engine: EngineName): () => void {
  const kernels = formulaKernels.map(({ name }) => tf.getKernel(name, engine)).filter((kernel) => kernel !== undefined);
  for (const { kernelName } of kernels) tf.unregisterKernel(kernelName, engine);
  return () => {
    for (const kernel of kernels) tf.registerKernel(kernel);
  };
}
