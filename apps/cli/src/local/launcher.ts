/**
 * npm starts this program and passes signals on, but not its own kill -9: then this process gets another parent. Calls `gone`
 * once when that happens; does nothing when npm did not start it, since a shell may well end before its background job.
 *
 * @returns a function that stops watching.
 */
export function onLauncherGone(gone: () => void): () => void {
  if (!process.env.npm_lifecycle_event) return () => {};
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    gone();
  }, 1_000);
  timer.unref();
  return () => clearInterval(timer);
}
