/** @file Chooses a backend and describes it. tfjs has one active backend per process, so a process has one engine. */
import type { Products } from '../method.js';
import { tf } from '../tensor/tf.js';
import { liveBytes, peakBytes, resetPeak } from './meter.js';
import { products } from './ops.js';
import { multiplyAs } from './products.js';
import { type EngineName, engineTraits } from './traits.js';
import { useWritableBuffer, type WritableBuffer } from './upload.js';

/** What a backend's file says of it. */
export interface Backend {
  /** The name tfjs registers it under. */
  tfjsName: string;
  /** Relative difference from float64 that a few dozen chained float32 operations may show. */
  tolerance: number;
  /**
   * Loads and prepares it, and says what it runs on.
   *
   * @throws Error with what to install, where it is optional and absent
   */
  prepare(options?: EngineOptions): Promise<{ device: string; capabilities: Capabilities }>;
  /** Called once it is the active one. */
  started?(): void;
  /** Where its tensors can be written to in place. */
  writableBuffer?: WritableBuffer;
}

export interface EngineOptions {
  /** Folder of engines that were added to an installation, each in a folder of its name. */
  enginesFolder?: string | undefined;
  /** Most threads of an engine that starts some; fixed for a process by the first to open it. Default: one for each core. */
  threads?: number | undefined;
}

export interface Capabilities {
  /** The same program gives the same bits each time, with as many threads. */
  deterministic: boolean;
  /** Runs on an accelerator with memory of its own. */
  accelerator: boolean;
}

/** An open backend: what it is, its products, and its memory meter. */
export interface Engine {
  readonly name: EngineName;
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
} satisfies Record<EngineName, () => Promise<Backend>>;

/**
 * Opens a backend and makes it the process's active one. A second call with another name switches; tensors made
 * before must not be used after.
 *
 * @throws Error with what to install, where an optional backend is absent
 * @example
 * const engine = await openEngine('wasm');
 */
export async function openEngine(name: EngineName = 'wasm', options: EngineOptions = {}): Promise<Engine> {
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
