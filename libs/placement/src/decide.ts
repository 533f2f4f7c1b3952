/**
 * @file Which of the trials that wait for a device begin. Pure functions: the worker and the simulation run the same ones.
 */

/** Bytes and slots of a device that are free now. */
export interface Capacity {
  /** What all trials together may hold, in bytes. */
  capacityBytes: number;
  freeBytes: number;
  freeSlots: number;
}

/** A trial, or the head of a queue, that wants to begin. */
export interface Waiting {
  bytes: number;
  /** Default 1. */
  slots?: number;
  /** Milliseconds since it was first turned away; 0 for one that has just come. */
  waitedMs: number;
}

export interface Decision {
  /** Indices of the line that begin now. */
  starts: readonly number[];
  /** Index of the one that the device drains for: until it has begun, nothing else does. */
  drainsFor: number | undefined;
}

/**
 * First fit, until one has waited too long: the line is read from its head, whoever fits begins, and the first that does
 * not fit and has waited `patienceMs` ends the reading. Nothing then begins before it, so it begins when the trials that
 * run have ended at the latest. One that the device can never hold drains nothing.
 *
 * Durations are not known, so nothing is filled in behind the one that is drained for (as EASY backfilling does with the
 * run times users state: Lifka, The ANL/IBM SP scheduling system, 1995).
 *
 * @param line who waited longest first
 * @example
 * const room = { capacityBytes: 100, freeBytes: 40, freeSlots: 2 };
 * decide(room, [{ bytes: 90, waitedMs: 10 }, { bytes: 30, waitedMs: 0 }], 1000); // { starts: [1], drainsFor: undefined }
 * decide(room, [{ bytes: 90, waitedMs: 1000 }, { bytes: 30, waitedMs: 0 }], 1000); // { starts: [], drainsFor: 0 }
 */
export function decide(room: Capacity, line: readonly Waiting[], patienceMs: number): Decision {
  let { freeBytes, freeSlots } = room;
  const starts: number[] = [];
  for (const [index, { bytes, slots = 1, waitedMs }] of line.entries()) {
    if (bytes <= freeBytes && slots <= freeSlots) {
      starts.push(index);
      freeBytes -= bytes;
      freeSlots -= slots;
    } else if (waitedMs >= patienceMs && bytes <= room.capacityBytes) {
      return { starts, drainsFor: index };
    }
  }
  return { starts, drainsFor: undefined };
}

/**
 * Whether a device takes the head of a queue whose trials hold up to `bytes`: it would begin at once, or has been turned
 * away for so long that the device shall drain for it. What is not taken is left to other workers.
 */
export function listens(room: Capacity, line: readonly Waiting[], head: Waiting, patienceMs: number): boolean {
  if (head.bytes > room.capacityBytes || decide(room, line, patienceMs).drainsFor !== undefined) return false;
  const fits = head.bytes <= room.freeBytes && room.freeSlots > 0;
  return fits || head.waitedMs >= patienceMs;
}

/** What a trial may take beyond its prediction before its neighbours would feel it; its budget is a stricter bound. */
export const headroom = 1.25;

/**
 * What a trial holds of a device once its prediction is known. Until then it holds its memory class, which bounds it.
 * @example heldBytes(100, 128) // 125
 */
export function heldBytes(predictedBytes: number, classBytes: number): number {
  return Math.min(classBytes, Math.ceil(predictedBytes * headroom));
}
