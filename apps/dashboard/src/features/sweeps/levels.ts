import type { SweepDependencies } from '@rankforge/contracts';

/** Ids of sweeps by how many others come before them. */
export function levelsOf({ sweeps, edges }: Pick<SweepDependencies, 'edges'> & { sweeps: readonly { id: string }[] }) {
  const before = new Map(edges.map(({ from, to }) => [to, from]));
  const depth = (id: string): number => {
    const from = before.get(id);
    return from === undefined ? 0 : 1 + depth(from);
  };
  const levels: string[][] = [];
  for (const { id } of sweeps) {
    const level = depth(id);
    levels[level] = [...(levels[level] ?? []), id];
  }
  return levels;
}
