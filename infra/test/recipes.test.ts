import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { objectives, recipes } from '@rankforge/peft';
import { expect, test } from 'vitest';

const page = await readFile(join(import.meta.dirname, '../../docs/recipes.md'), 'utf8');

/** Rows of the table of all recipes: the names of each, and the data that they are on. */
const rows = page
  .slice(page.indexOf('| recipe '))
  .split('\n\n', 1)[0]!
  .split('\n')
  .slice(2)
  .map((line) => {
    const [names, on] = line.split('|').slice(1);
    return { names: [...names!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!), on: on!.trim() };
  });

type Objectives = typeof objectives;

/** Whether recipes that fit these objectives are on what the table calls so. */
const called: Record<string, (fitting: Objectives) => boolean> = {
  'ranked rows': (fitting) => isAll(fitting, ({ unit, on }) => unit === 'query' && on === 'head'),
  'a corpus': (fitting) => isAll(fitting, ({ unit, searches }) => unit === 'query' && searches !== undefined),
  'users and items': (fitting) => isAll(fitting, ({ unit }) => unit === 'user'),
  'every objective': (fitting) => isAll(fitting, () => true),
  'most objectives': (fitting) => fitting.length > objectives.length / 2,
};

const isAll = (fitting: Objectives, fits: (objective: Objectives[number]) => boolean) =>
  objectives.every((objective) => fitting.includes(objective) === fits(objective));

test('the table of docs/recipes.md has every recipe once', () => {
  const names = rows.flatMap((row) => row.names);
  expect(names.toSorted()).toEqual(recipes.map(({ name }) => name).toSorted());
});

test.each(rows)('$names fit the data that the table says: $on', ({ names, on }) => {
  expect(Object.keys(called)).toContain(on);
  for (const recipe of recipes.filter(({ name }) => names.includes(name))) {
    const { unfit, config } = recipe;
    const fitting = objectives.filter((objective) => unfit?.({ objective }, config.parse({})) === undefined);
    expect(called[on]!(fitting), recipe.name).toBe(true);
  }
});
