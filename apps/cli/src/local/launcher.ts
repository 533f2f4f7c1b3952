import { commandLine, isAlive, parentOf } from './processes.js';

/**
 * Calls `gone` once when the npm that started this program is gone: npm passes signals on, but not its own kill -9. Does
 * nothing when npm did not start it, since a shell may well end before its background job.
 *
 * @returns a function that stops watching.
 */
export async function onNpmGone(gone: () => void): Promise<() => void> {
  const npm = process.env.npm_lifecycle_event ? await npmAbove(process.pid) : undefined;
  if (npm === undefined) return () => {};
  const timer = setInterval(() => {
    if (isAlive(npm)) return;
    clearInterval(timer);
    gone();
  }, 1_000);
  timer.unref();
  return () => clearInterval(timer);
}

/** npm is the parent, or, with a shell between, the parent's parent. */
async function npmAbove(pid: number): Promise<number | undefined> {
  let above = await parentOf(pid);
  for (let generation = 0; generation < 2 && above !== undefined; generation++) {
    if (/^(\S*node\S*\s+)?\S*\bnpm\b/.test((await commandLine(above)) ?? '')) return above;
    above = await parentOf(above);
  }
  return undefined;
}
