/** @file Chooses a backend and describes it. tfjs has one active backend per process, so a process has one engine. */
import type { Products } from '../method.js';
import { tf } from '../tensor/tf.js';
import type { Backend, Capabilities, EngineOptions } from './backend.js';
import { liveBytes, peakBytes, resetPeak } from './meter.js';
import { products } from './ops.js';
import { multiplyAs } from './products.js';
import { type BackendName, engineTraits } from './traits.js';
import { useWritableBuffer } from './upload.js';

/** An open backend: what it is, its products, and its memory meter. */
export interface Engine {
  readonly name: BackendName;
  /** e.g. `wasm (SIMD)`, or the name of a GPU. */
  readonly device: string;
  readonly tolerance: number;
  readonly capabilities: Capabilities;
  readonly products: Products;
  /** Bytes of all tensor buffers held now; memory inside kernels is not seen. */
  liveBytes(): number;
  /** The most `liveBytes()` since the last `resetPeak()`, taken at every allocation. */
  peakBytes(): number;
  resetPeak(): void;
}

/** Its traits are in traits.ts, which needs no backend. */
const backends = {
  wasm: async () => (await import('./backends/wasm.js')).wasm,
  cpu: async () => (await import('./backends/cpu.js')).cpu,
  tensorflow: async () => (await import('./backends/tensorflow.js')).tensorflow,
  webgpu: async () => (await import('./backends/webgpu.js')).webgpu,
} satisfies Record<BackendName, () => Promise<Backend>>;

/**
 * Opens a backend and makes it the process's active one. A second call with another name switches; tensors made
 * before must not be used after.
 *
 * @throws Error with what to install, where an optional backend is absent
 * @example
 * const engine = await openEngine('wasm');
 */
export async function openEngine(name: BackendName = 'wasm', options: EngineOptions = {}): Promise<Engine> {
  // A backend puts itself beside those that tfjs brings, which it finds by loading it.
  tf.engine();
  const backend = await backends[name]();
  const { device, capabilities } = await backend.prepare(options);
  if (!(await tf.setBackend(backend.tfjsName))) {
    throw new Error(`Engine ${name} is installed, but tfjs could not start its backend '${backend.tfjsName}'`);
  }
  await tf.ready();
  backend.started?.();
  useWritableBuffer(backend.writableBuffer);
  multiplyAs(engineTraits[name]);
  return {
    name,
    device,
    tolerance: backend.tolerance,
    capabilities,
    products,
    liveBytes,
    peakBytes,
    resetPeak,
  };
}
