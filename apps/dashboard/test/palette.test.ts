import { expect, it } from 'vitest';
import { seriesStyle } from '../src/lib/palette.js';

it('draws neighbours with another dash, and no two of 32 series alike', () => {
  const styles = Array.from({ length: 32 }, (_, index) => seriesStyle(index, 'light'));
  for (const [index, { dash }] of styles.slice(1).entries()) expect(dash).not.toEqual(styles[index]!.dash);
  expect(new Set(styles.map(({ color, dash }) => JSON.stringify([color, dash]))).size).toBe(32);
});
