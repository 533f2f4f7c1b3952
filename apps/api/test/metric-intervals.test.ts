/**
 * @file How often the board's interval of a metric that is no mean holds the true value. Tables of seeds × examples are
 * drawn from a population whose metric is known from a sample so large that its own error does not matter.
 */
import { createRandom, metricParts, metricsOf, type ObjectiveName, type Random } from '@rankforge/peft';
import { crossedMean, withinRange } from '@rankforge/stats';
import { describe, expect, it } from 'vitest';

const tables = 500;
const seeds = 3;
const examples = 200;

interface Outcome {
  prediction: number;
  label: number;
}

interface Measured {
  metric: string;
  objective: ObjectiveName;
}

/** Draws one example's outcomes for every seed; what is hard for one seed tends to be hard for the others. */
type Draw = (random: Random, skills: readonly number[]) => Outcome[];

const classes: Draw = (random, skills) => {
  const draw = random.uniform();
  const label = draw < 0.6 ? 0 : draw < 0.9 ? 1 : 2;
  const difficulty = random.normal();
  return skills.map((skill) => {
    const right = 1.2 + skill - difficulty + 0.5 * random.normal() > 0;
    return { label, prediction: right ? label : (label + 1 + random.integer(2)) % 3 };
  });
};

const numbers: Draw = (random, skills) => {
  const label = 10 * random.normal();
  const shared = 4 * random.normal();
  return skills.map((skill) => ({ label, prediction: (0.8 + 0.2 * skill) * label + shared + 2 * random.normal() }));
};

/** A logit that knows part of the chance that something happens. */
const events: Draw = (random, skills) => {
  const chance = -1 + 1.5 * random.normal();
  const label = Number(random.uniform() < 1 / (1 + Math.exp(-chance)));
  const shared = random.normal();
  return skills.map((skill) => ({ label, prediction: (1 + 0.3 * skill) * chance + shared + random.normal() }));
};

const skillsOf = (random: Random, count: number) => Array.from({ length: count }, () => 0.3 * random.normal());

function partsOf({ metric, objective }: Measured, outcomes: readonly Outcome[]) {
  const parts = metricParts({
    objective,
    columns: {
      loss: new Float64Array(outcomes.length),
      prediction: Float64Array.from(outcomes, ({ prediction }) => prediction),
      label: Float64Array.from(outcomes, ({ label }) => label),
    },
  });
  return parts[metric]!;
}

/** Mean over many seeds of the metric on many examples each. */
function truth(measured: Measured, draw: Draw, random: Random): number {
  const skills = skillsOf(random, 120);
  const rows = Array.from({ length: 4000 }, () => draw(random, skills));
  return (
    skills.reduce(
      (sum, _, s) =>
        sum +
        partsOf(
          measured,
          rows.map((row) => row[s]!),
        ).value,
      0,
    ) / skills.length
  );
}

describe.each([
  { metric: 'macroF1', objective: 'classification', draw: classes },
  { metric: 'rmse', objective: 'regression', draw: numbers },
  { metric: 'pearson', objective: 'regression', draw: numbers },
  { metric: 'spearman', objective: 'regression', draw: numbers },
  { metric: 'auc', objective: 'binary-classification', draw: events },
] as const)('the interval of $metric', ({ metric, objective, draw }) => {
  it('holds the true value in 93 to 97 of 100 tables', () => {
    const random = createRandom(11);
    const value = truth({ metric, objective }, draw, random.fork('truth'));
    const { range } = metricsOf(objective).find(({ name }) => name === metric)!;
    let held = 0;
    for (let table = 0; table < tables; table++) {
      const stream = random.fork(`table/${table}`);
      const skills = skillsOf(stream, seeds);
      const rows = Array.from({ length: examples }, () => draw(stream, skills));
      const scores = skills.map(
        (_, s) =>
          partsOf(
            { metric, objective },
            rows.map((row) => row[s]!),
          ).examples,
      );
      const { low, high } = withinRange(crossedMean(scores, 0.95), 0.95, range);
      held += Number(low <= value && value <= high);
    }
    expect(held / tables).toBeGreaterThanOrEqual(0.93);
    expect(held / tables).toBeLessThanOrEqual(0.97);
  });
});
