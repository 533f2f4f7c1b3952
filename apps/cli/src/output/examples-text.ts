/** @file Test examples of trials side by side, for people. */
import {
  type ComparedExample,
  type ComparedExamples,
  comparedNames,
  type ExampleComparison,
  mcnemarCaution,
  patternText,
  probabilityText,
  type SeedGroup,
  seedGroups,
  seedsRight,
  type TrialDetail,
  testExamplesCaution,
} from '@rankforge/contracts';
import { formatNumber } from './format.js';
import { onOneLine } from './printable.js';
import { table } from './table.js';

/** Counts of who is right, and of who is ahead in every two; or why there are none. */
export function agreementText({ compared, none, left }: ComparedExamples, trials: readonly TrialDetail[]): string {
  const names = namesById(trials);
  const without = left.map(({ id, reason }) => `${names.get(id) ?? id}: ${reason}`);
  if (!compared) return [`Examples are not compared. ${none ?? ''}`.trimEnd(), ...without].join('\n');
  const own = compared.trials.map(({ id }) => names.get(id) ?? id);
  const { examples, differ, metric, patterns } = compared;
  const share = (count: number) => `${((100 * count) / examples).toFixed(1)} %`;
  return [
    `${metric.name} of ${examples} test examples, of which they differ on ${differ}`,
    ...(patterns
      ? [
          table(patterns, [
            { title: 'pattern', value: ({ pattern }) => pattern },
            { title: 'who is right', value: ({ pattern }) => patternText(pattern, own) },
            { title: 'examples', right: true, value: ({ examples: count }) => count },
            { title: 'share', right: true, value: ({ examples: count }) => share(count) },
          ]),
        ]
      : []),
    pairTable(compared, own),
    ...(patterns ? [mcnemarCaution] : []),
    ...(without.length > 0 ? [`left out\n${without.join('\n')}`] : []),
  ].join('\n\n');
}

function pairTable({ pairs, patterns, trials }: ExampleComparison, names: readonly string[]): string {
  const word = patterns ? 'alone right' : 'ahead';
  const several = trials.length > 2;
  const probability = (p: number | null) => (p === null ? '–' : probabilityText(p));
  return table(pairs, [
    { title: 'a', value: ({ a }) => names[a]! },
    { title: 'b', value: ({ b }) => names[b]! },
    { title: `a ${word}`, right: true, value: ({ aAhead }) => aAhead },
    { title: `b ${word}`, right: true, value: ({ bAhead }) => bAhead },
    ...(patterns
      ? [
          { title: 'both right', right: true, value: ({ bothRight }: (typeof pairs)[number]) => bothRight! },
          {
            title: 'neither',
            right: true,
            value: ({ equal, bothRight }: (typeof pairs)[number]) => equal - bothRight!,
          },
          { title: 'p', right: true, value: ({ pValue }: (typeof pairs)[number]) => probability(pValue) },
          ...(several
            ? [
                {
                  title: 'p (Holm)',
                  right: true,
                  value: ({ adjustedPValue }: (typeof pairs)[number]) => probability(adjustedPValue),
                },
              ]
            : []),
        ]
      : [{ title: 'equal', right: true, value: ({ equal }: (typeof pairs)[number]) => equal }]),
  ]);
}

/** Examples one below the other: what each trial scored and said, and the texts. */
export function examplesText(
  { compared }: ComparedExamples,
  { trials, from }: { trials: readonly TrialDetail[]; from: number },
): string {
  if (!compared) return '';
  const { found, items, patterns, withheld } = compared;
  const byId = namesById(trials);
  const names = compared.trials.map(({ id }) => byId.get(id) ?? id);
  const groups = seedGroups(compared.trials.flatMap(({ id }) => trials.find((trial) => trial.id === id) ?? []));
  const shown = items.length === 0 ? 'none' : `${from + 1} to ${from + items.length}`;
  return [
    [`${shown} of ${found} examples`, ...(withheld === undefined ? [] : [withheld]), testExamplesCaution].join('\n'),
    ...items.map((item) => exampleText(item, { names, groups, isRightOrWrong: patterns !== null })),
  ].join('\n\n');
}

interface Reading {
  names: readonly string[];
  groups: readonly SeedGroup[];
  isRightOrWrong: boolean;
}

function exampleText(
  { place, scores, said, fields = {} }: ComparedExample,
  { names, groups, isRightOrWrong }: Reading,
): string {
  const verdict = (score: number | null) => (isRightOrWrong ? (score === 1 ? 'right' : 'wrong') : formatNumber(score));
  const answer = (at: number) => (said?.[at] ? [onOneLine(said[at])] : []);
  return [
    `example ${place + 1}`,
    ...Object.entries(fields).map(([field, text]) => `  ${onOneLine(field)}: ${onOneLine(text)}`),
    ...names.map((name, at) => `  ${name}: ${[verdict(scores[at]!), ...answer(at)].join(', ')}`),
    ...(isRightOrWrong ? groups : []).map((group) => `  seeds of ${group.name} right: ${seedsRight(group, scores)}`),
  ].join('\n');
}

function namesById(trials: readonly TrialDetail[]): Map<string, string> {
  const names = comparedNames(trials);
  return new Map(trials.map(({ id }, at) => [id, names[at]!]));
}
