/**
 * @file Loads the window again where the code of a page could not be fetched: a browser keeps that a module failed for as long as the window
 * stands, and asks for it no more. Forms are kept in storage, and stand as they were.
 */

const item = 'rankforge.reloaded';
const againAfterMs = 30_000;

const answers = () =>
  fetch('/livez', { cache: 'no-store' }).then(
    ({ ok }) => ok,
    () => false,
  );

/** Loads the window again if the server answers: without one the browser would show a page of its own. */
export async function reloadWindow(): Promise<void> {
  if (await answers()) window.location.reload();
}

/** As `reloadWindow`, but not again within half a minute: the code may be missing for good. */
export async function reloadOnce(): Promise<void> {
  const isRecent = Date.now() - Number(window.sessionStorage.getItem(item)) < againAfterMs;
  if (isRecent || !(await answers())) return;
  window.sessionStorage.setItem(item, String(Date.now()));
  window.location.reload();
}
