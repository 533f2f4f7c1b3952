/**
 * @file The token that the page sends beside the cookie of its session. Browsers send a cookie to every port of its host;
 * local storage is of this origin alone, so no other program on the host has both.
 */
import { pageHeader, pageTokenItem } from '@rankforge/contracts';

export function keepPageToken(token: string): void {
  window.localStorage.setItem(pageTokenItem, token);
}

/** Headers by which the API knows a request for one of this page. */
export function pageHeaders(): Record<string, string> {
  const token = window.localStorage.getItem(pageTokenItem);
  return token === null ? {} : { [pageHeader]: token };
}
