/** @file Names of an adapter that leaves, and of the base that Python loads before it. */
import type { Base } from '@rankforge/bases';
import type { ExportOrder } from './export-messages.js';

/** @example adapterName({ method: 'lora', rank: 8, seed: 0 }) // 'lora-r8-seed0' */
export const adapterName = ({ method, rank, seed }: { method: string; rank: number | null; seed: number }): string =>
  [method, rank === null ? '' : `r${rank}`, `seed${seed}`].filter(Boolean).join('-');

/** The names that Python loads a base by: those of its hub where it was added from one, its own otherwise. */
export function baseNames(base: Base | undefined, own: string): Pick<ExportOrder, 'baseName' | 'baseRevision'> {
  const { hub, model, commit } = base?.provenance ?? {};
  if (hub === undefined || typeof model !== 'string') return { baseName: own };
  return { baseName: model, ...(typeof commit === 'string' && { baseRevision: commit }) };
}
