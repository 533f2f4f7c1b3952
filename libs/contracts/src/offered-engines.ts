/** @file Which engine a sweep is offered, by what workers run. */
import type { BaseView } from './catalog.js';
import type { EngineName } from './engine.js';
import { engineNames, engineRecord } from './engines.js';
import { MIB } from './memory.js';
import type { WorkerView } from './worker.js';

/** Engines as a person would choose among them: those that are faster first, and those that serve tests last. */
const placeOf = (name: EngineName) => {
  const { added, serves } = engineRecord(name);
  return added ? 0 : serves === undefined ? 1 : 2;
};
/** A program of somebody's own is chosen by the kind of a sweep. */
const preferred: readonly EngineName[] = engineNames
  .filter((name) => !engineRecord(name).commands)
  .toSorted((a, b) => placeOf(a) - placeOf(b));

/** Weights in float32 from which on the steps of wasm are long. */
const largeBytes = 32 * MIB;

export interface OfferedEngines {
  /** Those that a live worker runs come first. */
  engines: { name: EngineName; isLive: boolean }[];
  /** One that was added where a live worker runs it, else the one that every installation has. */
  proposed: EngineName;
}

/** @example offeredEngines([]).proposed // 'wasm' */
export function offeredEngines(workers: readonly Pick<WorkerView, 'state' | 'engines'>[]): OfferedEngines {
  const live = new Set(workers.filter(({ state }) => state === 'live').flatMap(({ engines }) => engines));
  const engines = preferred.map((name) => ({ name, isLive: live.has(name) }));
  return {
    engines: [...engines.filter(({ isLive }) => isLive), ...engines.filter(({ isLive }) => !isLive)],
    proposed: preferred.find((name) => engineRecord(name).added && live.has(name)) ?? engineNames[0],
  };
}

/**
 * Why no trial of a sweep on `engine` can begin, by the engines that live workers run; undefined where one runs it.
 *
 * @example withoutWorkerText('wasm', []) // 'no worker is alive: `rankforge worker` starts one'
 */
export function withoutWorkerText(engine: EngineName, live: readonly string[]): string | undefined {
  if (live.includes(engine)) return undefined;
  if (live.length === 0) return 'no worker is alive: `rankforge worker` starts one';
  return `no live worker runs ${engine} (but ${live.join(', ')}): \`rankforge engine list\` says how to add it, and a worker has it from its next start on`;
}

/** Whether a base is so large that adding a faster engine is worth a sentence, where no worker runs one. */
export const asksForTensorflow = (offered: OfferedEngines, base: Pick<BaseView, 'parameters'> | undefined): boolean =>
  !engineRecord(offered.proposed).added && (base?.parameters ?? 0) * 4 > largeBytes;
