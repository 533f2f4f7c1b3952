/** The longest time that a timer of Node.js takes: one for longer ends at once. */
const longestMs = 2 ** 31 - 1;

/**
 * Calls after any time, weeks and months included.
 * @returns ends the wait
 * @example const end = longTimeout(() => stop('timeout'), 64 * 604_800_000);
 */
export function longTimeout(act: () => void, ms: number): () => void {
  let timer: NodeJS.Timeout;
  const wait = (leftMs: number) => {
    const nextMs = Math.min(leftMs, longestMs);
    timer = setTimeout(() => (leftMs > nextMs ? wait(leftMs - nextMs) : act()), nextMs);
  };
  wait(ms);
  return () => clearTimeout(timer);
}
