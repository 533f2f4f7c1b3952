/**
 * @file TensorFlow's own kernels, on the host or an NVIDIA GPU, through tfjs-node. It is no dependency: `rankforge engine add
 * tensorflow` puts it in a folder, with a binding compiled against libtensorflow.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { tf } from '../../tensor/tf.js';
import type { Backend } from '../backend.js';
import { registerFormulas, requireFormulas } from './tensorflow-formulas.js';
import { multiplyHalved } from './tensorflow-halved.js';
import { keepConstants, type NodeBackend, replaceKernels } from './tensorflow-kernels.js';
import { openPacked } from './tensorflow-packed.js';

const packages = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'];

/** Functions of Node's `util` that tfjs-node 4.22 calls and Node 23 no longer has. */
const removedFromUtil = { isNullOrUndefined: (value: unknown) => value === null || value === undefined };

/** Kernels are registered once in a process. */
let registered = false;

export const tensorflow: Backend = {
  tfjsName: 'tensorflow',
  tolerance: 1e-4,
  async prepare({ enginesFolder, threads } = {}) {
    if (threads !== undefined) {
      // Read once, when the library is loaded. What the operator set stands.
      process.env.TF_NUM_INTRAOP_THREADS ??= String(threads);
      process.env.TF_NUM_INTEROP_THREADS ??= String(threads);
    }
    // Silences a banner on standard error for every process; what fails still throws.
    process.env.TF_CPP_MIN_LOG_LEVEL ??= '3';
    // One process would otherwise take the whole card at its start.
    process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true';
    const isGpu = load(enginesFolder).node?.isUsingGpuDevice?.() ?? false;
    replaceKernels();
    if (!registered) {
      openPacked();
      multiplyHalved();
      // They are for cores; a GPU computes by operations.
      if (!isGpu) registerFormulas();
    }
    registered = true;
    return {
      device: isGpu ? 'CUDA GPU' : 'libtensorflow on the CPU',
      // Kernels of a GPU add in any order; whether those in use do is not known.
      capabilities: { deterministic: !isGpu, accelerator: isGpu },
    };
  },
  started() {
    keepConstants(tf.backend() as NodeBackend);
    requireFormulas();
  },
  writableBuffer(shape) {
    const size = shape.reduce((product, side) => product * side, 1);
    const values = new Float32Array(new ArrayBuffer(4 * size + ALIGNMENT), ALIGNMENT - HEADER, size);
    return { tensor: tf.tidy(() => tf.keep(tf.tensor(values, shape))), values };
  },
};

/**
 * Bytes: TensorFlow computes on an array where it lies if it begins at a multiple of the first, and on a copy otherwise; the memory of a
 * large array begins so many bytes behind a page as glibc keeps for itself. Elsewhere the array is copied, as any other is.
 */
const [ALIGNMENT, HEADER] = [64, 16];

interface Binding {
  node?: { isUsingGpuDevice?(): boolean };
}

/** @throws Error with the command that adds the engine, and why each place has none */
function load(enginesFolder: string | undefined): Binding {
  const places = [
    ...(enginesFolder === undefined ? [] : [join(enginesFolder, 'tensorflow', 'engine.json')]),
    import.meta.url,
  ];
  Object.assign(globalThis, { [Symbol.for('rankforge.tfjs')]: tf });
  const causes: unknown[] = [];
  for (const place of places) {
    const require = createRequire(place);
    const util = require('node:util') as Record<string, unknown>;
    for (const [name, made] of Object.entries(removedFromUtil)) util[name] ??= made;
    for (const name of packages) {
      try {
        return require(name) as Binding;
      } catch (cause) {
        causes.push(cause);
      }
    }
  }
  throw new Error(
    `Engine tensorflow is not there${enginesFolder === undefined ? '' : ` (looked in ${enginesFolder})`}: ` +
      'add it with `rankforge engine add tensorflow`, with --cuda for an NVIDIA GPU',
    { cause: new AggregateError(causes) },
  );
}
