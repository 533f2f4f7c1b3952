/** @file The configurations of a sweep as importances are computed from: what each could have been, what it was, and its score. */
import {
  type Contender,
  type CreateSweep,
  groupBy,
  type SettingsConfiguration,
  type SweepSettings,
} from '@rankforge/contracts';
import type { Space, Tried } from '@rankforge/search';
import { tunedSeeds } from './build-settings.js';
import type { TriedGroup } from './importance.js';
import { distinct, type Form, formsOf, rangesOf } from './settings-of.js';

interface Read {
  configurations: readonly SettingsConfiguration[];
  methods: readonly Contender[];
  settings: SweepSettings['settings'];
  request: CreateSweep;
}

/** The configurations of all methods, where there are several, and of each. */
export function triedGroups(read: Read): TriedGroup[] {
  const tried = triedOf(read);
  const choices = read.methods.length;
  const byMethod = read.methods.map(
    (_, index): TriedGroup => ({
      method: index,
      tried: tried.flatMap(({ method, ...own }) => (method === index ? [own] : [])),
    }),
  );
  return choices > 1 ? [{ method: null, tried: withMethod(tried, choices) }, ...byMethod] : byMethod;
}

type OfMethod = Tried & { method: number };

/** Configurations of as many seeds as the fullest of their method, so that a lucky single seed is not among the best. */
function triedOf({ configurations, methods, settings, request }: Read): OfMethod[] {
  return [...groupBy(configurations, ({ method }) => method)].flatMap(([method, own]) => {
    const fullest = Math.max(...own.map(tunedSeeds));
    const forms = settings.flatMap(({ name }) => {
      const tried = distinct(own.flatMap(({ values }) => values[name] ?? []));
      if (tried.length < 2) return [];
      return [{ name, formOf: formsOf(tried, rangesOf(name, methods[method]!, request), name === 'rank') }];
    });
    const spaceOf = sharedSpaces();
    return own.flatMap((configuration): OfMethod[] => {
      const { mean, values } = configuration;
      if (mean === null || tunedSeeds(configuration) < fullest) return [];
      const found = forms.flatMap(({ name, formOf }) => {
        const value = values[name];
        return value === undefined ? [] : [{ name, ...formOf(value) }];
      });
      const point = Object.fromEntries(found.map(({ name, at }) => [name, at]));
      return [{ method, value: mean, point, ...spaceOf(found) }];
    });
  });
}

type NamedForm = Form & { name: string };

/** Gives configurations of the same forms one space, so that it is written once where they are handed to a process. */
function sharedSpaces(): (forms: readonly NamedForm[]) => Pick<Tried, 'space' | 'forms'> {
  const known = new Map<string, Pick<Tried, 'space' | 'forms'>>();
  return (forms) => {
    const key = JSON.stringify(forms.map(({ name, parameter, key: form }) => [name, parameter, form]));
    const space = known.get(key) ?? {
      space: Object.fromEntries(forms.map(({ name, parameter }) => [name, parameter])),
      forms: Object.fromEntries(forms.map(({ name, key: form }) => [name, form])),
    };
    known.set(key, space);
    return space;
  };
}

/** The method itself is a setting of the whole sweep. */
function withMethod(tried: readonly OfMethod[], choices: number): Tried[] {
  const spaces = new Map<Space, Space>();
  return tried.map(({ method, space, point, ...rest }) => {
    const whole = spaces.get(space) ?? { method: { kind: 'categorical', choices }, ...space };
    spaces.set(space, whole);
    return { ...rest, space: whole, point: { method, ...point } };
  });
}
