/** @file Bytes of messages by client. */
import { describe, expect, it } from 'vitest';
import { count, nothingSent, sumOf } from '../src/counted.js';

describe('bytes that are counted', () => {
  it('add up by client and in all, whatever a client is called', () => {
    const traffic = nothingSent();
    const names = ['north', '__proto__', 'constructor', 'toString'];
    for (const name of names) {
      count(traffic, name, 'up', 3);
      count(traffic, name, 'down', 1);
      count(traffic, name, 'up', 4);
    }
    const read = JSON.parse(JSON.stringify(traffic)) as typeof traffic;
    for (const parts of [[traffic], [read], [nothingSent(), traffic]]) {
      const { up, down, byClient } = sumOf(parts);
      expect([up, down, Object.entries(byClient)]).toEqual([28, 4, names.map((name) => [name, { up: 7, down: 1 }])]);
    }
    expect(Object.hasOwn(Object.prototype, 'up')).toBe(false);
  });

  it('count in the totals where a part is not told by client', () => {
    expect(sumOf([{ up: 2, down: 3 }, nothingSent()])).toMatchObject({ up: 2, down: 3, byClient: {} });
  });
});
