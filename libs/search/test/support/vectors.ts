import { readFileSync } from 'node:fs';

/** What a script of test/oracle wrote: the folder and the name of its file. */
export function vectors<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8')) as T;
}
