import { describe, expect, it } from 'vitest';
import { patternValue } from '../src/export/even.js';

const name = 'base_model.encoder.layer.0.attention.self.query';

describe('a pattern of peft', () => {
  it.each([
    ['query', 4],
    ['self.query', 4],
    ['layer.(0|1).attention.self.(query|value)', 4],
    ['layer.1.attention.self.query', undefined],
    ['key', undefined],
  ])('says of a module by the end of its path or an expression: %s', (key, found) => {
    expect(patternValue({ [key]: 4 }, 'rank_pattern', name)).toBe(found);
  });

  it.each(['a*b', `${'(.|.)'.repeat(36)}Z`, `${'x'.repeat(501)}$`])(
    'is refused where it could take very long to match: %.20s',
    (key) => {
      expect(() => patternValue({ [key]: 8 }, 'rank_pattern', name)).toThrow(
        'expected names of modules, or regular expressions without repeats and with ten alternatives at most',
      );
    },
  );
});
