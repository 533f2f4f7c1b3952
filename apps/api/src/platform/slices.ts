import { setImmediate } from 'node:timers/promises';

/** Milliseconds of work after which other requests have their turn. */
const sliceMs = 5;

/**
 * Does a long piece of work item by item, and lets the event loop answer other requests whenever 5 ms are over. An item must itself
 * be short.
 *
 * @example
 * const rows = await mapInSlices(trials, rowOf);
 */
export async function mapInSlices<Item, Made>(items: Iterable<Item>, make: (item: Item) => Made): Promise<Made[]> {
  const made: Made[] = [];
  // What came before in the same turn is no part of the first slice.
  let until = 0;
  for (const item of items) {
    if (performance.now() > until) {
      await setImmediate();
      until = performance.now() + sliceMs;
    }
    made.push(make(item));
  }
  return made;
}
