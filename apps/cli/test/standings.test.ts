import { stripVTControlCharacters } from 'node:util';
import { Standings } from '@rankforge/contracts';
import { expect, test } from 'vitest';
import { standingsTable } from '../src/output/standings-table.js';

const cell = (score: number | null, place: number | null) => ({
  status: score === null ? 'does-not-fit' : 'scored',
  rank: 8,
  score,
  interval: null,
  group: null,
  reason: null,
  place,
});

const standings = Standings.parse({
  boards: [
    {
      task: 'moby-dick',
      base: 'nano',
      title: 'Moby-Dick',
      metric: { name: 'perplexity', direction: 'minimize', range: [1, null] },
      complete: true,
    },
    {
      task: 'spam',
      base: 'nano',
      title: 'Spam',
      metric: { name: 'accuracy', direction: 'maximize', range: [0, 1] },
      complete: false,
    },
  ],
  rows: [
    { method: 'lora', optimizer: 'adamw', meanPlace: 1.5, group: 'a', cells: [cell(20.123, 1), cell(0.9, 2)] },
    { method: 'lora', optimizer: 'sgd', meanPlace: null, group: null, cells: [cell(null, null), null] },
  ],
  alpha: 0.05,
  test: { chiSquared: 3, pValue: 0.25, criticalDifference: 2.343 },
});

test('a method stands with its mean place and its score and place on every board', () => {
  // The header is bold where the environment asks for colour, as continuous integration does.
  const lines = stripVTControlCharacters(standingsTable(standings)).split('\n');
  expect(lines[0]).toMatch(/method +mean place +group +moby-dick on nano \(perplexity\) +spam on nano \(accuracy\)/);
  expect(lines[1]).toMatch(/lora +1\.5 +a +20\.123 \(1\) +0\.9000 \(2\)/);
  expect(lines[2]).toMatch(/lora \+ sgd +– +does not fit +–/);
  expect(lines[3]).toBe(
    'Over 2 boards: Friedman p = 0.25: at α = 0.05 no difference is found, so that no two rows are told apart, however far apart their places lie.',
  );
  expect(lines[4]).toContain('Some trials are still to run.');
});

test('says how far apart places must lie where a difference is found', () => {
  const found = { ...standings, test: { ...standings.test!, pValue: 0.04 } };
  expect(standingsTable(found)).toContain(
    'Friedman p = 0.04; mean places that differ by 2.34 differ at α = 0.05 (Nemenyi). Rows that share a letter do not.',
  );
});

test('counts the boards that mean places are taken over, not those without a score', () => {
  const { rows, boards } = standings;
  const more = {
    ...standings,
    boards: [...boards, boards[0]!],
    rows: rows.map((row) => ({ ...row, cells: [...row.cells, cell(null, null)] })),
  };
  expect(standingsTable(Standings.parse(more))).toContain('Over 2 boards: Friedman');
});

test('says what is missing where no test can be made', () => {
  expect(standingsTable({ ...standings, test: null })).toContain('Two boards, and two methods with a score on each');
  expect(standingsTable({ ...standings, rows: [] })).toBe('No board has anything on it yet.');
});
