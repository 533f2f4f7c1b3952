import { type Draws, importanceIntervals, importances, type Space, seededDraws, type Tried } from '@rankforge/search';
import type { Bench, Cell } from './bench.js';

const range = (low: number, high: number, log: boolean) => ({ kind: 'float', low, high, log }) as const;
const listed = (values: number) => ({ kind: 'int', low: 0, high: values - 1, log: false }) as const;

const training = {
  learningRate: range(1e-5, 1e-2, true),
  rank: { kind: 'int', low: 1, high: 64, log: true },
  dropout: range(0, 0.5, false),
  schedule: { kind: 'categorical', choices: 3 },
} satisfies Space;

interface Design {
  name: string;
  space: Space;
  /** The mean score at a place of the unit cube; the more the better. */
  score(place: Record<string, number>): number;
  noise: number;
}

/** The rate decides, and the rank does a little. */
const rateLeads = ({ learningRate, rank }: Record<string, number>) =>
  -((learningRate! - 0.6) ** 2) - 0.08 * (rank! - 0.7) ** 2;

const designs: readonly Design[] = [
  { name: 'one decides', space: training, score: rateLeads, noise: 0.02 },
  {
    name: 'two decide',
    space: training,
    score: ({ learningRate, dropout }) => -((learningRate! - 0.6) ** 2) - 0.5 * (dropout! - 0.3) ** 2,
    noise: 0.02,
  },
  {
    name: 'lists, one decides',
    space: { learningRate: listed(5), rank: listed(4), dropout: listed(3) },
    score: rateLeads,
    noise: 0.02,
  },
  { name: 'none does anything', space: training, score: () => 0, noise: 1 },
];

const counts = [10, 20, 30, 50, 100, 200];
const searches = 400;
/** A search so large that its shares stand for those of any number. */
const large = 20_000;
const asked = { samples: 200, confidence: 0.95 };

function drawn({ space, score, noise }: Design, count: number, draws: Draws): Tried[] {
  return Array.from({ length: count }, () => {
    const places = Object.entries(space).map(([name, parameter]) => ({ name, ...placeIn(parameter, draws()) }));
    const place = Object.fromEntries(places.map(({ name, at }) => [name, at]));
    const point = Object.fromEntries(places.map(({ name, value }) => [name, value]));
    return { space, point, value: score(place) + noise * normal(draws) };
  });
}

function placeIn(parameter: Space[string], unit: number): { value: number; at: number } {
  if (parameter.kind === 'categorical') {
    const value = Math.floor(unit * parameter.choices);
    return { value, at: value / (parameter.choices - 1) };
  }
  const scaled = parameter.log ? Math.log : Number;
  const [low, high] = [scaled(parameter.low), scaled(parameter.high)];
  if (parameter.kind === 'int' && !parameter.log) {
    const value = Math.floor(low + unit * (high - low + 1));
    return { value, at: (value - low) / (high - low) };
  }
  const exact = parameter.log ? Math.exp(low + unit * (high - low)) : low + unit * (high - low);
  const value = parameter.kind === 'int' ? Math.round(exact) : exact;
  return { value, at: (scaled(value) - low) / (high - low) };
}

const normal = (draws: Draws) => Math.sqrt(-2 * Math.log(1 - draws())) * Math.cos(2 * Math.PI * draws());

const percent = (hits: number, of: number) => `${Math.round((100 * hits) / of)}`;

function rowsOf(design: Design): Cell[][] {
  const truth = importances(drawn(design, large, seededDraws(1, design.name)), 'maximize');
  const [leader] = truth;
  const idle = truth.filter(({ share }) => share < 0.01).map(({ name }) => name);
  return counts.map((count) => {
    const found = Array.from({ length: searches }, (_, number) => {
      const draws = seededDraws(number, `${design.name}/${count}`);
      return importanceIntervals(drawn(design, count, draws), 'maximize', { ...asked, draws });
    });
    const leading = found.map((each) => each.find(({ name }) => name === leader!.name)!);
    const mean = leading.reduce((sum, { share }) => sum + share, 0) / searches;
    const others = found.flatMap((each) => each.filter(({ name }) => idle.includes(name)));
    const telling = (all: readonly { pValue: number }[]) => all.filter(({ pValue }) => pValue <= 0.05).length;
    return [
      design.name,
      count,
      percent(found.filter(([first]) => first!.name === leader!.name).length, searches),
      percent(telling(leading), searches),
      others.length === 0 ? '–' : percent(telling(others), others.length),
      percent(leading.filter(({ low, high }) => low <= mean && mean <= high).length, searches),
      (leading.reduce((sum, { low, high }) => sum + high - low, 0) / searches).toFixed(2),
      `${mean.toFixed(2)} of ${leader!.share.toFixed(2)}`,
    ];
  });
}

const bench: Bench = {
  title: 'Importance of settings by how many configurations were tried (simulated random searches), in %',
  run: async () => ({
    columns: ['design', 'tried', 'first is right', 'told', 'told wrongly', 'held', 'width', 'mean share'],
    rows: designs.flatMap(rowsOf),
    notes: [
      `${searches} searches a row, seeded; ${asked.samples} samples for each interval at 95 % and each p-value.`,
      `first is right: the setting with the largest share among ${large} configurations has the largest here. told: its p is at most 0.05.`,
      'told wrongly: the same of settings that do nothing. held: its interval holds the mean of its share over searches as large.',
    ],
  }),
};
export default bench;
