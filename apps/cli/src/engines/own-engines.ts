/** @file Engines that a worker on this machine runs where RANKFORGE_ENGINES names none. */
import { type EngineName, engineNames } from '@rankforge/contracts';
import { addableEngines } from './addable.js';
import type { Added } from './added.js';

export interface OwnEngines {
  names: EngineName[];
  /** Those among them that were added. */
  added: Added[];
  /** Why others are not among them though they were added. */
  leftOut?: string;
}

/**
 * wasm, and those that trials run on and this version added. The folder may be mounted from another machine: what this one
 * cannot run is left out.
 *
 * @throws Error naming the file, where it is not what was written
 */
export async function ownEngines(enginesFolder: string): Promise<OwnEngines> {
  const added: Added[] = [];
  const leftOut: string[] = [];
  for (const engine of addableEngines.filter(({ trains }) => trains)) {
    const found = await engine.read(enginesFolder);
    if (!found) continue;
    const fault = engine.fault(enginesFolder, found);
    if (fault !== undefined) {
      leftOut.push(`engine ${engine.name} is left out: it was ${fault}`);
      continue;
    }
    const unable = await engine.unable?.(enginesFolder, found);
    if (unable === undefined) added.push(found);
    else leftOut.push(unable);
  }
  const names = engineNames.filter((name) => added.some((found) => found.name === name));
  return { names: ['wasm', ...names], added, ...(leftOut.length > 0 && { leftOut: leftOut.join('; ') }) };
}
