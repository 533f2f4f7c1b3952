import { CreateSweep } from '@rankforge/contracts';
import { describe, expect, it } from 'vitest';
import { distinct, fieldErrors } from '../src/platform/http/issues.js';
import { invalid, jsonPointer } from '../src/platform/http/problem.js';

describe('field errors', () => {
  it('point into the request as RFC 6901 says', () => {
    expect(jsonPointer(['methods', 0, 'config', 'a/b~c'])).toBe('/methods/0/config/a~1b~0c');
    expect(jsonPointer([])).toBe('');
  });

  it('name the value of an axis, not only the axis', () => {
    const parsed = CreateSweep.safeParse({
      name: 'n',
      task: 't',
      base: 'b',
      memoryBudgetMiB: [1],
      methods: [{ name: 'lora', config: { alpha: [1, null], beta: null, gamma: [2, 2] } }],
    });
    expect(fieldErrors(parsed.error?.issues ?? []).map(({ path }) => path)).toEqual([
      '/methods/0/config/alpha/1',
      '/methods/0/config/beta',
      '/methods/0/config/gamma/1',
    ]);
  });

  it('count all that are distinct where an answer names the first hundred', () => {
    const errors = Array.from({ length: 300 }, (_, at) => ({ path: `/rank/${at % 150}`, message: 'too small' }));
    const { message, errors: named } = invalid(distinct(errors));
    expect(message).toBe('/rank/0: too small (and 149 more)');
    expect(named).toHaveLength(100);
  });
});
