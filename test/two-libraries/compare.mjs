/** @file Both halves side by side: a line a method, and whether the libraries differ by less than two seeds of one do. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Share of a loss by which the first step, before which nothing was trained, may differ. */
const firstStep = 1e-4;

/** Prints the table. True where every method agrees. */
export function compare(folder, { cases, seeds, steps }) {
  console.log(`\n${steps} steps, seeds ${seeds.join(', ')}; ours / torch + peft`);
  console.log(
    row(
      'method',
      'first loss',
      'largest difference',
      'mean of it',
      'accuracy',
      'test loss',
      'answers that differ',
      'between seeds',
    ),
  );
  const agreed = cases.map(({ method }) => {
    const pairs = seeds.map((seed) => {
      const read = (whose) => JSON.parse(readFileSync(join(folder, `${method}-${seed}`, `${whose}.json`), 'utf8'));
      return { ours: read('ours'), theirs: read('theirs') };
    });
    const result = summary(pairs);
    console.log(
      row(
        method,
        result.first.toExponential(1),
        result.largest.toExponential(1),
        result.mean.toExponential(1),
        both(result.accuracy),
        both(result.testLoss),
        percent(result.answers),
        result.seeds === undefined ? 'one seed' : percent(result.seeds),
      ),
    );
    return result.agrees;
  });
  console.log('differences of losses: relative at the first step, absolute over all steps and seeds, in nats');
  return agreed.every(Boolean);
}

/** @param pairs a training of either library for each seed */
export function summary(pairs) {
  const differences = pairs.flatMap(({ ours, theirs }) =>
    ours.losses.map((loss, step) => Math.abs(loss - theirs.losses[step])),
  );
  const first = Math.max(...pairs.map(({ ours, theirs }) => Math.abs(ours.losses[0] / theirs.losses[0] - 1)));
  const answers = mean(pairs.map(({ ours, theirs }) => shareThatDiffers(ours.predictions, theirs.predictions)));
  const between = pairs.flatMap(({ ours }, index) =>
    pairs.slice(index + 1).map((other) => shareThatDiffers(ours.predictions, other.ours.predictions)),
  );
  const seeds = between.length > 0 ? mean(between) : undefined;
  const of = (name) => [mean(pairs.map(({ ours }) => ours[name])), mean(pairs.map(({ theirs }) => theirs[name]))];
  return {
    first,
    largest: Math.max(...differences),
    mean: mean(differences),
    accuracy: of('accuracy'),
    testLoss: of('testLoss'),
    answers,
    seeds,
    agrees: first <= firstStep && (seeds === undefined || answers <= seeds),
  };
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const shareThatDiffers = (a, b) => a.filter((value, index) => value !== b[index]).length / a.length;
const both = ([ours, theirs]) => `${ours.toFixed(4)} / ${theirs.toFixed(4)}`;
const percent = (share) => `${(100 * share).toFixed(2)} %`;
const widths = [10, 12, 20, 12, 18, 18, 21, 14];
const row = (...cells) =>
  cells
    .map((cell, index) => cell.padEnd(widths[index]))
    .join('')
    .trimEnd();
