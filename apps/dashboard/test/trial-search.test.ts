import { describe, expect, it } from 'vitest';
import { CompareSearch } from '../src/features/trials/search.js';

const trials = ['0198b2a0-0000-7000-8000-000000000001', '0198b2a0-0000-7000-8000-000000000002'];

describe('the address of trials side by side', () => {
  it('has a pattern of who is right, which an address writes as a number', () => {
    expect(CompareSearch.parse({ trials, which: 10 })).toMatchObject({ trials, which: '10' });
    const chosen = { which: '01', ahead: trials[1] };
    expect(CompareSearch.parse({ trials, ...chosen })).toMatchObject(chosen);
  });

  it('keeps the trials where the choice of examples is none', () => {
    for (const wrong of [{}, { which: 'best' }, { which: 2 }, { ahead: 'lora' }]) {
      const { which, ahead, ...found } = CompareSearch.parse({ trials, ...wrong });
      expect([found.trials, which, ahead]).toEqual([trials, undefined, undefined]);
    }
  });
});
