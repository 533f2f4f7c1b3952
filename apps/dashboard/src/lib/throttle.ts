/** @file Gathers what happens often and acts on it seldom. */

/**
 * Collects items and hands them over together, the first batch after a short moment and each further one `intervalMs` after the
 * work on the one before has settled. Nothing is handed over after `stop`, which answers with what was left.
 */
export function batchEvery<T>(intervalMs: number, flush: (items: T[]) => Promise<unknown>) {
  let items: T[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isFlushing = false;
  let isStopped = false;
  let earliest = Number.NEGATIVE_INFINITY;

  function schedule() {
    if (isStopped || isFlushing || items.length === 0) return;
    timer ??= setTimeout(() => void run(), Math.max(150, earliest - performance.now()));
  }

  async function run() {
    timer = undefined;
    isFlushing = true;
    const batch = items;
    items = [];
    try {
      await flush(batch);
    } finally {
      isFlushing = false;
      earliest = performance.now() + intervalMs;
      schedule();
    }
  }

  return {
    add(item: T) {
      items.push(item);
      schedule();
    },
    stop(): T[] {
      isStopped = true;
      clearTimeout(timer);
      return items;
    },
  };
}
