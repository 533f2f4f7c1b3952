import { readFileSync } from 'node:fs';

/** Cases written by the scripts of test/oracle. */
export function vectors<T>(name: string): T[] {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8')) as T[];
}
