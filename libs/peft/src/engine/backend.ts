/** @file A backend's record of itself: one file each in backends/. */
import type { WritableBuffer } from './upload.js';

/** The facts of a backend that its file says. */
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
