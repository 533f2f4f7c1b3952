/** @file Whether an address is that of the platform of this machine. */

const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/**
 * Whether an address is that of the platform that runs in `.rankforge/`, under whichever name this machine has for itself.
 *
 * @param apiUrl address of that platform; undefined where none was started
 * @example isPlatformHere('http://localhost:8080', 'http://127.0.0.1:8080') // true
 */
export function isPlatformHere(url: string, apiUrl: string | undefined): boolean {
  return apiUrl !== undefined && URL.canParse(url) && URL.canParse(apiUrl) && placeOf(url) === placeOf(apiUrl);
}

/** Whether an address is of this machine itself. */
export const isOnThisMachine = (url: string): boolean => loopback.test(new URL(url).hostname);

function placeOf(url: string): string {
  const { protocol, hostname, port } = new URL(url);
  return `${protocol}//${loopback.test(hostname) ? 'localhost' : hostname}:${port}`;
}
