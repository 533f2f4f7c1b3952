/** @file Test examples of trials side by side: who has which right, or scores how much on it. */
import { z } from 'zod';
import { text, wholeText } from './bounds.js';
import { MetricView } from './catalog.js';
import { Id } from './common.js';
import { mostCompared, type SeedGroup } from './compared-trials.js';

const longest = Math.max('differ'.length, mostCompared);

/** Examples that are asked for: on which trials differ, all are right or wrong, or exactly these are right. */
export const WhichExamples = z
  .string()
  .max(longest)
  .regex(
    new RegExp(`^(?:differ|right|wrong|[01]{2,${mostCompared}})$`),
    'expected differ, right, wrong, or a pattern of 1 and 0, as 10',
  );
export type WhichExamples = z.infer<typeof WhichExamples>;

export const ExamplesQuery = z.strictObject({
  trial: z
    .union([Id, z.array(Id)])
    .transform((ids) => [...new Set([ids].flat())])
    .pipe(z.array(Id).min(2).max(mostCompared))
    .meta({ description: `Trainings, or their scorings: two to ${mostCompared}, by repeating the parameter.` }),
  metric: text(64).optional().meta({ description: 'One of the metrics of the task. Default: the first of them.' }),
  which: WhichExamples.optional().meta({
    description:
      '`differ`: on which the scores of two are unlike. `right` and `wrong`: which all have right, or none. A pattern, as `10`: which exactly the first has right. Default: all.',
  }),
  ahead: Id.optional().meta({
    description:
      'Sorted by how far this trial is ahead of the best other one. Default: those on which scores are furthest apart first, and where they are as far as the split has them.',
  }),
  from: wholeText(0).default(0).meta({ description: 'Place of the first, in this order.' }),
  limit: wholeText(0, 100).default(20).meta({ description: 'With 0 no example is read: counts come at once.' }),
});
export type ExamplesQuery = z.infer<typeof ExamplesQuery>;

/** Two trials on the same examples. */
export const ExamplePair = z
  .object({
    a: z.number().int().meta({ description: 'Place in `trials`.' }),
    b: z.number().int(),
    aAhead: z.number().int().meta({
      description: 'Examples on which a scores better; where scores are right or wrong: that a alone has right.',
    }),
    bAhead: z.number().int(),
    bothRight: z.number().int().nullable().meta({ description: 'Null where scores are not right or wrong.' }),
    equal: z.number().int().meta({ description: 'Examples on which both score the same, `bothRight` included.' }),
    pValue: z.number().nullable().meta({
      description:
        "McNemar's exact test, two-sided, where scores are right or wrong: about these two models on examples like these, and not about what another seed would give.",
    }),
    adjustedPValue: z.number().nullable().meta({ description: "Holm's, over all pairs of the answer." }),
  })
  .meta({ id: 'ExamplePair' });
export type ExamplePair = z.infer<typeof ExamplePair>;

export const ComparedExample = z
  .object({
    place: z.number().int().meta({ description: 'In the test split, from 0.' }),
    scores: z.array(z.number().nullable()).meta({
      description: 'Of each trial, in the order of `trials`; null where it is no number, which is the worst.',
    }),
    said: z.array(z.string().nullable()).optional().meta({
      description:
        'The answer that each wrote, of the first questions of a procedure, or the class that it said, where that follows from what is kept: the right one, or of two the other. Null: nobody kept it. Absent: no answer of any is kept.',
    }),
    fields: z.record(z.string(), z.string()).optional().meta({
      description: 'The example as people read it, texts shortened, by field; absent where texts are withheld.',
    }),
  })
  .meta({ id: 'ComparedExample' });
export type ComparedExample = z.infer<typeof ComparedExample>;

export const ExampleComparison = z
  .object({
    task: z.string(),
    split: z.literal('test'),
    metric: MetricView,
    trials: z
      .array(
        z.object({
          id: Id,
          scoringId: Id.meta({ description: 'The trial that read the test split for it.' }),
          score: z.number().nullable().meta({ description: 'The metric on all examples; null where it is no number.' }),
        }),
      )
      .meta({ description: 'Those that were scored, in the order of the request.' }),
    examples: z.number().int().meta({ description: 'Of the test split.' }),
    differ: z.number().int().meta({ description: 'Examples on which scores of two trials are unlike.' }),
    patterns: z
      .array(z.object({ pattern: z.string(), examples: z.number().int() }))
      .nullable()
      .meta({
        description:
          'Who is right, a digit for each trial, 1 where it is: the patterns that occur, the most frequent first. Null where scores are not right or wrong.',
      }),
    pairs: z.array(ExamplePair),
    found: z.number().int().meta({ description: 'Examples that are asked for.' }),
    items: z.array(ComparedExample),
    withheld: z.string().optional().meta({ description: 'Why examples have no texts, or none is listed, in words.' }),
  })
  .meta({ id: 'ExampleComparison' });
export type ExampleComparison = z.infer<typeof ExampleComparison>;

export const ComparedExamples = z
  .object({
    compared: ExampleComparison.nullable(),
    none: z.string().optional().meta({ description: 'Why nothing is compared, in words.' }),
    left: z
      .array(z.object({ id: Id, reason: z.string() }))
      .meta({ description: 'Trials that are left out, each with the reason.' }),
  })
  .meta({ id: 'ComparedExamples' });
export type ComparedExamples = z.infer<typeof ComparedExamples>;

/** Says what the p of `ExamplePair` is about, for people. */
export const mcnemarCaution =
  "p is of McNemar's exact test: whether two models are as often right on examples like these. Another seed is another model; boards compare methods over seeds.";

/** Says what whoever looks at test examples does to scores, for people. */
export const testExamplesCaution =
  'These are examples of the test split: whoever changes a method, a setting or the data after reading them tunes on that split, and its scores no longer say how good the result is on new examples.';

/** The seeds of a group that have an example right, for people. @example seedsRight({ name: 'lora r8', places: [0, 2] }, [1, 1, 0]) // '1 of 2' */
export const seedsRight = ({ places }: SeedGroup, scores: ComparedExample['scores']): string =>
  `${places.filter((place) => scores[place] === 1).length} of ${places.length}`;

/** A pattern of who is right in words. @example patternText('10', ['lora', 'dora']) // 'lora alone' */
export function patternText(pattern: string, names: readonly string[]): string {
  const right = names.filter((_, at) => pattern[at] === '1');
  if (right.length === 0) return names.length === 2 ? 'neither' : 'none';
  if (right.length === names.length) return names.length === 2 ? 'both' : 'all';
  return right.length === 1 ? `${right[0]} alone` : right.join(', ');
}
