import { expect, it } from 'vitest';
import { numbersOf } from '../src/components/chart/line-numbers.js';

const stepText = (step: number) => `Step ${step}`;
const format = (value: number) => value.toFixed(1);

it('says where each line begins, ends, and is lowest and highest', () => {
  const lines = [
    { name: 'lora', at: [10, 20, 30, 40], values: [3, 1, 5, 1], format },
    { name: 'one point', at: [7], values: [-2], format },
    { name: 'none', at: [], values: [], format },
  ];
  expect(numbersOf(lines, stepText)).toEqual([
    ['lora', '3.0 (Step 10)', '1.0 (Step 40)', '1.0 (Step 20)', '5.0 (Step 30)'],
    ['one point', '-2.0 (Step 7)', '-2.0 (Step 7)', '-2.0 (Step 7)', '-2.0 (Step 7)'],
  ]);
});
