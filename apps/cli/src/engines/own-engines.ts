/** @file Engines that a worker on this machine runs where RANKFORGE_ENGINES names none. */
import type { EngineName } from '@rankforge/contracts';
import { type AddedEngine, isCurrent, outdated, readAdded } from './added.js';
import { thisMachine, unableToRun } from './machine.js';
import { recipes } from './recipe.js';

export interface OwnEngines {
  names: EngineName[];
  /** TensorFlow, where it is among them. */
  added?: AddedEngine;
  /** Why it is not among them though it was added. */
  leftOut?: string;
}

/**
 * wasm, and TensorFlow where it was added by this version. The folder may be mounted from another machine: what this one cannot run is
 * left out.
 *
 * @throws Error naming the file, where it is not what was written
 */
export async function ownEngines(enginesFolder: string): Promise<OwnEngines> {
  const added = await readAdded(enginesFolder);
  if (!added) return { names: ['wasm'] };
  if (!isCurrent(enginesFolder))
    return { names: ['wasm'], leftOut: `engine ${added.name} is left out: it was ${outdated}` };
  const machine = await thisMachine(enginesFolder);
  // It is made already, and takes no more of the disk.
  const unable = unableToRun(recipes[added.variant], { ...machine, freeBytes: Number.POSITIVE_INFINITY });
  return unable === undefined ? { names: ['wasm', added.name], added } : { names: ['wasm'], leftOut: unable };
}
