/** @file Bounds of what is run for a chat template, which anybody may have written. */
import { createContext, Script } from 'node:vm';

/** A template is no longer than this; those of published models have a tenth of it. */
export const templateCharacters = 128 * 1024;

/** A conversation has no longer text. */
export const textCharacters = 8 * 1024 * 1024;

/** Numbers of one `range` of a template. */
export const rangeNumbers = 100_000;

/** Time for a template to be read, and for each text. One takes less than a millisecond. */
export const limitMs = 10_000;

const script = new Script('work()');
const place: { work?: () => unknown } = createContext({});

/**
 * Runs work of this thread, and ends it when its time is over: a template may have loops within loops. Each watch is a thread of its own, which takes
 * longer to start than most texts to make: work within watched work has the time of that.
 *
 * @throws RangeError saying that it took too long; what `work` throws
 */
export function within<T>(milliseconds: number, work: () => T): T {
  if (place.work) return work();
  place.work = work;
  try {
    return script.runInContext(place, { timeout: milliseconds }) as T;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw cause;
    throw new RangeError(`is not done within ${milliseconds / 1000} s`, { cause });
  } finally {
    delete place.work;
  }
}
