/** @file Gathers what happens often and acts on it seldom. */

/**
 * Collects items and hands them over together, at most once per `intervalMs`, the first batch after a short moment.
 * Nothing is handed over after `stop`.
 */
export function batchEvery<T>(intervalMs: number, flush: (items: T[]) => void) {
  let items: T[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let last = Number.NEGATIVE_INFINITY;

  function run() {
    timer = undefined;
    last = performance.now();
    const batch = items;
    items = [];
    flush(batch);
  }

  return {
    add(item: T) {
      items.push(item);
      timer ??= setTimeout(run, Math.max(150, last + intervalMs - performance.now()));
    },
    stop() {
      if (timer !== undefined) clearTimeout(timer);
      timer = undefined;
    },
  };
}
