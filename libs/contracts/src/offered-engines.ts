/** @file Which engine a sweep is offered, by what workers run. */
import type { BaseView } from './catalog.js';
import type { EngineName } from './engine.js';
import { MIB } from './memory.js';
import type { WorkerView } from './worker.js';

/** Engines as a person would choose among them; `cpu` serves tests. */
const preferred: readonly EngineName[] = ['tensorflow', 'wasm', 'webgpu', 'cpu'];

/** Weights in float32 from which on the steps of wasm are long. */
const largeBytes = 32 * MIB;

export interface OfferedEngines {
  /** Those that a live worker runs come first. */
  engines: { name: EngineName; isLive: boolean }[];
  /** `tensorflow` where a live worker runs it, else `wasm`. */
  proposed: EngineName;
}

/** @example offeredEngines([]).proposed // 'wasm' */
export function offeredEngines(workers: readonly Pick<WorkerView, 'state' | 'engines'>[]): OfferedEngines {
  const live = new Set(workers.filter(({ state }) => state === 'live').flatMap(({ engines }) => engines));
  const engines = preferred.map((name) => ({ name, isLive: live.has(name) }));
  return {
    engines: [...engines.filter(({ isLive }) => isLive), ...engines.filter(({ isLive }) => !isLive)],
    proposed: live.has('tensorflow') ? 'tensorflow' : 'wasm',
  };
}

/** Whether a base is so large that adding a faster engine is worth a sentence, where no worker runs one. */
export const asksForTensorflow = (offered: OfferedEngines, base: Pick<BaseView, 'parameters'> | undefined): boolean =>
  offered.proposed !== 'tensorflow' && (base?.parameters ?? 0) * 4 > largeBytes;
