/** @file Searches in memory: what a strategy asks for, and trainings that end as a test says. */
import type { CreateSweep, TrialState } from '@rankforge/contracts';
import { expect } from 'vitest';
import { strategyOf } from '../../src/strategies/registry.js';
import type { Proposal, SearchSpace, Step, Training } from '../../src/strategies/strategy.js';

/** The range of the learning rate where a search samples. */
export const learningRate = { min: 1e-5, max: 1e-1, scale: 'log', whole: false } as const;

/** A space of configurations with two seeds and 90 steps. */
export function spaceOf(
  search: CreateSweep['search'],
  scheduler?: CreateSweep['scheduler'],
  methods = ['lora'],
): SearchSpace {
  return {
    search,
    ...(scheduler && { scheduler }),
    methods: methods.map((method) => ({
      method,
      optimizer: 'adamw',
      axes: [
        { name: 'config.target', values: ['q', 'v'] },
        { name: 'rank', values: [2, 4, 8, 16] },
        search.kind === 'sobol' || search.kind === 'tpe'
          ? { name: 'learningRate', values: [1e-5, 1e-1], range: learningRate }
          : { name: 'learningRate', values: [1e-5, 1e-4, 1e-3, 1e-2] },
      ],
    })),
    seeds: [0, 1],
    budgetsMiB: [64],
    steps: 90,
    direction: 'minimize',
  };
}

/** Lower near 1e-3 and with more steps; seeds differ a little. */
export const lossOf = ({ point, seed, until }: Proposal) =>
  Math.abs(Math.log10(Number(point.values.learningRate)) + 3) + 10 / (until ?? 90) + 0.01 * seed;

/** A value as it comes back from a jsonb column, which keeps the names of an object by their length, then by their letters. */
function fromJsonb<T>(value: T): T {
  const byName = ([a]: [string, unknown], [b]: [string, unknown]) => a.length - b.length || (a < b ? -1 : 1);
  return JSON.parse(JSON.stringify(value), (_, part) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(byName))
      : part,
  );
}

/**
 * A sweep in memory: trainings are created as the strategy asks, and end in the order that `pick` says.
 *
 * @param begun trainings that there are before its first step
 */
export function simulate(
  space: SearchSpace,
  pick: (running: readonly Training[]) => Training,
  end: (training: Training) => Partial<Training> = (training) => ({ objective: lossOf(training.proposal) }),
  room = 1000,
  begun: readonly Training[] = [],
) {
  const { search, scheduler, protocol } = space;
  const strategy = strategyOf({ search, scheduler, protocol });
  const trainings: Training[] = [...begun];
  let state = strategy.start(space);
  const steps: Step<unknown>[] = [];
  for (let round = 0; round < 5000; round++) {
    const shown = strategy.reads === 'nothing' ? [] : trainings.map((training) => structuredClone(training));
    const step = strategy.step({ space, state, room, trainings: shown });
    state = fromJsonb(step.state);
    steps.push(step);
    for (const proposal of step.create) {
      const ended = {
        state: 'RUNNING' as TrialState,
        objective: null,
        step: 0,
        seconds: null,
        loss: null,
        examples: null,
        excessBytes: null,
        curve: [],
      };
      trainings.push({ ordinal: trainings.length + 1, proposal: fromJsonb(proposal), ...ended });
    }
    const running = trainings.filter((training) => training.state === 'RUNNING');
    if (running.length === 0) {
      if (step.done) return { trainings, steps };
      expect(step.create.length, 'it asks for something or is done').toBeGreaterThan(0);
      continue;
    }
    const next = pick(running);
    Object.assign(next, { state: 'SUCCEEDED', ...end(next) });
  }
  throw new Error('it did not end');
}

export const first = (running: readonly Training[]) => running[0]!;
export const last = (running: readonly Training[]) => running.at(-1)!;
