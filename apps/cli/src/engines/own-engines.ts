/** @file Engines that a worker on this machine runs where RANKFORGE_ENGINES names none. */
import type { EngineName } from '@rankforge/contracts';
import { type AddedEngine, currentTorch, isCurrent, outdated, readAdded, readAddedTorch } from './added.js';
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
 * wasm, and TensorFlow and torch where they were added by this version. The folder may be mounted from another machine: what this one
 * cannot run is left out.
 *
 * @throws Error naming the file, where it is not what was written
 */
export async function ownEngines(enginesFolder: string): Promise<OwnEngines> {
  const torch = await readAddedTorch(enginesFolder);
  const isThere = torch !== undefined && (await currentTorch(enginesFolder)) !== undefined;
  const beside: EngineName[] = isThere ? ['torch'] : [];
  const torchLeftOut = torch && !isThere ? `engine torch is left out: it was ${outdated}` : undefined;
  const { names, leftOut, ...own } = await withTensorflow(enginesFolder);
  const said = [leftOut, torchLeftOut].filter((reason) => reason !== undefined).join('; ');
  return { ...own, names: [...names, ...beside], ...(said && { leftOut: said }) };
}

async function withTensorflow(enginesFolder: string): Promise<OwnEngines> {
  const added = await readAdded(enginesFolder);
  if (!added) return { names: ['wasm'] };
  if (!isCurrent(enginesFolder))
    return { names: ['wasm'], leftOut: `engine ${added.name} is left out: it was ${outdated}` };
  const machine = await thisMachine(enginesFolder);
  // It is made already, and takes no more of the disk.
  const unable = unableToRun(recipes[added.variant], { ...machine, freeBytes: Number.POSITIVE_INFINITY });
  return unable === undefined ? { names: ['wasm', added.name], added } : { names: ['wasm'], leftOut: unable };
}
