import { expect, it } from 'vitest';
import { formatOff } from '../src/features/memory/off.js';

it.each([
  [0.991, '−0.9 %'],
  [1.0004, '0.0 %'],
  [0.9996, '0.0 %'],
  [1.257, '+25.7 %'],
])('a peak %f times as large as predicted is %s off', (ratio, text) => {
  expect(formatOff(ratio)).toBe(text);
});
