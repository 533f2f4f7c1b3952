/** @file How much each setting of a sweep mattered, per method and over all of them. */
import { setImmediate } from 'node:timers/promises';
import type { Contender, CreateSweep, SettingsConfiguration, SweepSettings } from '@rankforge/contracts';
import { type Direction, importanceIntervals, type Parameter, seededDraws, type Tried } from '@rankforge/search';
import { groupBy } from '../../platform/group-by.js';
import { tunedSeeds } from './build-settings.js';
import { distinct, formsOf, rangesOf } from './settings-of.js';

/**
 * Configurations below which nothing is said. Of 50 at random, the setting that decides came first in 71 to 94 % of simulated searches
 * and was told from chance in 81 to 87 %; of 30 in 59 to 78 % and 29 to 46 % (`npm run bench -- importance`).
 */
const least = 50;

const confidence = 0.95;
/** Samples for each interval and each p-value. */
const samples = 200;

interface Asked {
  configurations: readonly SettingsConfiguration[];
  methods: readonly Contender[];
  settings: SweepSettings['settings'];
  request: CreateSweep;
  direction: Direction;
}

/** The importance over all methods, where there are several, and of each. */
export async function importanceOf(asked: Asked): Promise<SweepSettings['importance']> {
  const tried = triedOf(asked);
  const byMethod = asked.methods.map((_, index) => tried.filter(({ method }) => method === index));
  const overall = asked.methods.length > 1 ? [{ method: null, own: tried.map(withMethod(asked.methods.length)) }] : [];
  const groups: SweepSettings['importance']['groups'] = [];
  for (const { method, own } of [...overall, ...byMethod.map((own, method) => ({ method, own }))]) {
    // Other requests are answered in between.
    await setImmediate();
    const settings =
      own.length < least
        ? []
        : importanceIntervals(own, asked.direction, {
            samples,
            confidence,
            // Equal results give equal intervals, whenever they are asked for.
            draws: seededDraws(own.length, `importance/${method}`),
          });
    groups.push({
      method,
      configurations: own.length,
      settings: settings.map(({ name, share, low, high, pValue }) => ({ name, share, low, high, pValue })),
    });
  }
  return { least, confidence, groups };
}

type OfMethod = Tried & { method: number };

/** Configurations of as many seeds as the fullest of their method, so that a lucky single seed is not among the best. */
function triedOf({ configurations, methods, settings, request }: Asked): OfMethod[] {
  return [...groupBy(configurations, ({ method }) => method)].flatMap(([method, own]) => {
    const fullest = Math.max(...own.map(tunedSeeds));
    const forms = settings.flatMap(({ name }) => {
      const tried = distinct(own.flatMap(({ values }) => values[name] ?? []));
      if (tried.length < 2) return [];
      return [{ name, formOf: formsOf(tried, rangesOf(name, methods[method]!, request), name === 'rank') }];
    });
    return own.flatMap((configuration): OfMethod[] => {
      const { mean, values } = configuration;
      if (mean === null || tunedSeeds(configuration) < fullest) return [];
      const found = forms.flatMap(({ name, formOf }) => {
        const value = values[name];
        return value === undefined ? [] : [{ name, ...formOf(value) }];
      });
      const by = <T>(read: (form: (typeof found)[number]) => T): Record<string, T> =>
        Object.fromEntries(found.map((form) => [form.name, read(form)]));
      return [
        {
          method,
          value: mean,
          space: by(({ parameter }): Parameter => parameter),
          point: by(({ at }) => at),
          forms: by(({ key }) => key),
        },
      ];
    });
  });
}

/** The method itself is a setting of the whole sweep. */
const withMethod =
  (choices: number) =>
  ({ method, space, point, ...rest }: OfMethod): OfMethod => ({
    ...rest,
    method,
    space: { method: { kind: 'categorical', choices }, ...space },
    point: { method, ...point },
  });
