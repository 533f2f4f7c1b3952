/**
 * Does something before Ctrl-C ends this process as it would have ended it.
 *
 * @returns a function that takes it back
 */
export function beforeInterrupt(work: () => void): () => void {
  const interrupt = () => {
    process.off('SIGINT', interrupt);
    work();
    // Others that listen decide what follows; the last of these here passes it on.
    if (process.listenerCount('SIGINT') === 0) process.kill(process.pid, 'SIGINT');
  };
  process.on('SIGINT', interrupt);
  return () => {
    process.off('SIGINT', interrupt);
  };
}
