import { CreateSweep } from '@rankforge/contracts';
import { describe, expect, it } from 'vitest';
import { fieldErrors } from '../src/platform/http/issues.js';
import { jsonPointer } from '../src/platform/http/problem.js';

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
});
