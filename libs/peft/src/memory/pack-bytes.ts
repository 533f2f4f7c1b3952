/** @file Entry `@rankforge/peft/packs`: bytes of trials that share a process, for whoever places them and loads nothing else. */
import { type EngineName, traitsOf } from '../engine/traits.js';

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

/** Bytes that a pack may hold at its peak of the room on a device: its members share one process, and what the engine can hold in it. */
export const packRoom = (engine: EngineName, bytes: number): number =>
  Math.min(bytes, traitsOf(engine).mostBytes ?? Number.POSITIVE_INFINITY);
