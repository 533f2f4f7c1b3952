import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { adoptLaunchKey } from '../src/lib/launch-key.js';
import { insideThisPage, keepNextPlace } from '../src/lib/next-place.js';
import { storage } from './support/storage.js';

const origin = 'https://here.example';

let shown: string[];

beforeEach(() => {
  shown = [];
  vi.stubGlobal('window', {
    location: { origin, pathname: '/', search: '', hash: '#session=token' },
    localStorage: storage(),
    sessionStorage: storage(),
    history: { replaceState: (_: unknown, __: string, address: string) => void shown.push(address) },
  });
});
afterEach(() => void vi.unstubAllGlobals());

it.each([
  ['/trials/1?sort=-ordinal#log', '/trials/1?sort=-ordinal#log'],
  ['//elsewhere.example/x', '/'],
  ['/\\elsewhere.example/x', '/'],
  ['https://elsewhere.example', '/'],
  [undefined, '/'],
])('leads to %s only inside this page', (next, place) => {
  expect(insideThisPage(next, origin)).toBe(place);
});

it('goes on where somebody was going once an identity provider has sent them back', async () => {
  keepNextPlace('/standings?base=tiny');
  expect(await adoptLaunchKey()).toBe(true);
  expect(await adoptLaunchKey()).toBe(true);
  expect(shown).toEqual(['/standings?base=tiny', '/']);
});
