import { classDoubts } from '@rankforge/contracts';
import { expect, it } from 'vitest';
import { byColumn, useFolder, words } from './support/dataset-files.js';

const files = useFolder();

/** Each class has one text of its own in every split. */
async function reportOf(labels: readonly string[]) {
  const rows = labels.flatMap((label, at) =>
    ['train', 'validation', 'test'].map((split, side) => {
      const own = words.slice(12 * at + 4 * side, 12 * at + 4 * side + 4).join(' ');
      return `"${own}","${label}",${split}`;
    }),
  );
  return (await files.importing(`text,label,split\n${rows.join('\n')}\n`, { split: byColumn })).report;
}

it('warns of classes that differ in case or blanks alone, and of those that are missing values', async () => {
  const report = await reportOf(['Bad', 'bad', 'very good', 'very  good', 'NaN', 'ugly']);
  expect(report.classes).toHaveLength(6);
  expect(report.doubtfulClasses).toEqual({
    alike: [
      ['Bad', 'bad'],
      ['very  good', 'very good'],
    ],
    missing: ['NaN'],
  });
  expect(classDoubts(report)).toEqual([
    '"Bad" and "bad" are different classes, which differ in case or blanks alone',
    '"very  good" and "very good" are different classes, which differ in case or blanks alone',
    '"NaN" is a class, though programs write it for a missing value',
  ]);
});

it('says nothing of classes that are plainly different', async () => {
  const report = await reportOf(['bad', 'bade', '1', '11']);
  expect(report).not.toHaveProperty('doubtfulClasses');
  expect(classDoubts(report)).toEqual([]);
});
