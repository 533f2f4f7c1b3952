/** Whether the system refused a file, e.g. for its rights or since too many are open: `EACCES`, `EMFILE`. */
export function isOfSystem(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (/^E[A-Z]+$/.test((at as NodeJS.ErrnoException).code ?? '')) return true;
  }
  return false;
}
