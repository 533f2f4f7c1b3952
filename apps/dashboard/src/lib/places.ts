/** @file Places of the page, which the menu, the breadcrumbs and the search everywhere list. */

export interface Section {
  to:
    | '/sweeps'
    | '/leaderboard'
    | '/standings'
    | '/paper-claims'
    | '/datasets'
    | '/adapters'
    | '/generators'
    | '/catalog'
    | '/estimate'
    | '/workers'
    | '/memory'
    | '/access';
  label: string;
  /** Beginnings of further addresses that belong to it. */
  holds?: readonly string[];
  /** Further words by which it is found. */
  words?: string;
}

export interface Place {
  label: string;
  sections: readonly [Section, ...Section[]];
}

export const places: readonly Place[] = [
  {
    label: 'Sweeps',
    sections: [{ to: '/sweeps', label: 'Sweeps', holds: ['/trials'], words: 'list runs experiments' }],
  },
  {
    label: 'Boards',
    sections: [
      { to: '/leaderboard', label: 'Leaderboard', words: 'board ranking results' },
      { to: '/standings', label: 'Standings', words: 'mean places tasks' },
      { to: '/paper-claims', label: 'Paper claims', words: 'papers verdicts' },
    ],
  },
  {
    label: 'Data and models',
    sections: [
      { to: '/datasets', label: 'Data', words: 'data sets tasks' },
      { to: '/adapters', label: 'Adapters', words: 'import peft' },
      { to: '/generators', label: 'Generators', words: 'endpoints models that write' },
      { to: '/catalog', label: 'Catalog', words: 'methods optimizers tasks base models' },
    ],
  },
  { label: 'Estimate', sections: [{ to: '/estimate', label: 'Estimate', words: 'memory fit card' }] },
  {
    label: 'Machine',
    sections: [
      { to: '/workers', label: 'Workers', words: 'devices cards' },
      { to: '/memory', label: 'Memory', words: 'measured predicted peak' },
      { to: '/access', label: 'Access', words: 'keys projects webhooks audit storage' },
    ],
  },
];

const isWithin = (path: string, beginning: string): boolean => path === beginning || path.startsWith(`${beginning}/`);

/** The place and the section that an address belongs to; undefined for those of none, such as the start. */
export function placeOf(path: string): { place: Place; section: Section } | undefined {
  for (const place of places) {
    const section = place.sections.find(({ to, holds = [] }) => [to, ...holds].some((each) => isWithin(path, each)));
    if (section) return { place, section };
  }
  return undefined;
}

export interface Crumb {
  label: string;
  /** Absent where it would lead to the page that is shown. */
  to?: Section['to'];
}

/**
 * The way down to a page, without the page itself.
 *
 * @example crumbsOf('/datasets/new') // [{ label: 'Data and models', to: '/datasets' }, { label: 'Data', to: '/datasets' }]
 */
export function crumbsOf(path: string): Crumb[] {
  const found = placeOf(path);
  if (!found) return [];
  const { place, section } = found;
  const step = (label: string, to: Section['to']): Crumb => (to === path ? { label } : { label, to });
  return [
    ...(place.sections.length > 1 ? [step(place.label, place.sections[0].to)] : []),
    ...(section.to === path ? [] : [step(section.label, section.to)]),
  ];
}
