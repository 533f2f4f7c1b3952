/** @file Replays recorded rungs: who goes on where the rates that lead after few steps are not those that win. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { SearchSpace, Training } from '../src/strategies/strategy.js';
import { first, simulate } from './support/simulated-search.js';

/** A rung of a rate by the first seed: which of the 132 validation examples it has right. */
interface Recorded {
  method: string;
  learningRate: number;
  until: number;
  loss: number;
  right: string;
}

const recorded = JSON.parse(readFileSync(new URL('kept/rungs.json', import.meta.url), 'utf8')) as Recorded[];
const learningRates = [1e-4, 1e-3, 1e-2];
const seeds = [0, 1, 2];

function replay(method: string) {
  const space: SearchSpace = {
    search: { kind: 'grid' },
    scheduler: { kind: 'asha', minSteps: 20, reduction: 3, parallel: 8, error: 0.05, rungSeeds: 1 },
    methods: [{ method, optimizer: 'adamw', axes: [{ name: 'learningRate', values: learningRates }] }],
    seeds,
    budgetsMiB: [4096],
    steps: 100,
    direction: 'maximize',
  };
  const end = ({ proposal }: Training): Partial<Training> => {
    const { learningRate } = proposal.point.values;
    const rung = recorded.find(
      (each) => each.method === method && each.learningRate === learningRate && each.until === proposal.until,
    );
    // A whole training ends the search: what it scores decides nothing any more.
    if (proposal.until === undefined) return { objective: 0.5 };
    if (!rung) throw new Error(`no rung of ${method} at ${learningRate} was recorded to step ${proposal.until}`);
    const examples = Array.from(rung.right, Number);
    const objective = examples.reduce((sum, each) => sum + each, 0) / examples.length;
    return { objective, loss: rung.loss, examples };
  };
  const { trainings } = simulate(space, first, end);
  const ratesTo = (until: number | undefined) =>
    learningRates.filter((rate) =>
      trainings.some(({ proposal }) => proposal.until === until && proposal.point.values.learningRate === rate),
    );
  const stepsBefore = ({ continues }: Training['proposal']) =>
    trainings.find(({ ordinal }) => ordinal === continues)?.proposal.until ?? 0;
  const steps = trainings.reduce((sum, { proposal }) => sum + (proposal.until ?? 100) - stepsBefore(proposal), 0);
  return { middle: ratesTo(60), whole: ratesTo(undefined), steps };
}

describe('rungs of MiniLM on SpamAssassin, of 900 steps by three rates and three seeds', () => {
  it('keep the rate of (IA)³ that alone learns, though after 20 steps none has begun to', () => {
    expect(replay('ia3')).toEqual({ middle: [1e-3, 1e-2], whole: [1e-2], steps: 380 });
  });

  it('keep the rate of PiSSA that has not begun to learn after 20 steps, and does so by every seed', () => {
    expect(replay('pissa')).toEqual({ middle: [1e-3, 1e-2], whole: [1e-3, 1e-2], steps: 620 });
  });

  it('leave the rate of rsLoRA that leads after 20 steps and falls behind by 60', () => {
    expect(replay('rslora')).toEqual({ middle: [1e-3, 1e-2], whole: [1e-3], steps: 380 });
  });
});
