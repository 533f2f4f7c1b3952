/** @file Entry `@rankforge/peft/packs`: bytes of trials that share a process, for whoever places them and loads nothing else. */

/** Bytes of one member of a pack; see `packBytes`. */
export interface PackedMemory {
  /** Held at its peak, beside one whole copy of the base that the members share, which is counted. */
  peak: number;
  /** The part of the peak that stays on the device between its steps: adapters, optimizer state, a teacher, its own copies of the base. */
  resident: number;
}

/** Bytes that a pack holds at its peak: what every member keeps, and the step of one of them. */
export function packBytes(members: readonly PackedMemory[]): number {
  const kept = members.reduce((sum, { resident }) => sum + resident, 0);
  return kept + Math.max(0, ...members.map(({ peak, resident }) => peak - resident));
}
