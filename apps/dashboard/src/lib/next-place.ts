/** @file Where somebody was going who had to sign in first. An identity provider sends everybody back to `/`. */
const item = 'rankforge.next';

/** An address of this page only: `next` comes from the address bar. @example insideThisPage('//elsewhere', 'https://here') // '/' */
export function insideThisPage(next: string | null | undefined, origin = window.location.origin): string {
  if (!next?.startsWith('/') || !URL.canParse(next, origin)) return '/';
  const { origin: its, pathname, search, hash } = new URL(next, origin);
  return its === origin ? pathname + search + hash : '/';
}

/** Keeps the place for the way back from an identity provider. */
export function keepNextPlace(next: string | undefined): void {
  window.sessionStorage.setItem(item, insideThisPage(next));
}

/** The place that was kept, once. */
export function takeNextPlace(): string {
  const next = window.sessionStorage.getItem(item);
  window.sessionStorage.removeItem(item);
  return insideThisPage(next);
}
