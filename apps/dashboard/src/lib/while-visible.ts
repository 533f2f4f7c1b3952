/** @file Work for a page that somebody looks at. */

/**
 * Begins the work now or once the document is visible, ends it while the document is hidden, and begins it again.
 *
 * @param begin is given the signal that ends the work
 * @returns ends it for good
 */
export function whileVisible(begin: (signal: AbortSignal) => void): () => void {
  let work: AbortController | undefined;
  function look() {
    if (document.visibilityState === 'hidden') {
      work?.abort();
      work = undefined;
    } else if (work === undefined) {
      work = new AbortController();
      begin(work.signal);
    }
  }
  document.addEventListener('visibilitychange', look);
  look();
  return () => {
    document.removeEventListener('visibilitychange', look);
    work?.abort();
  };
}
