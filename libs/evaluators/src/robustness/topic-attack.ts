import { z } from 'zod';
import { type ExaminationInput, type ExaminedQuery, type Move } from '../slots/robustness.js';
import { Boosts, prefixed } from './attacked.js';
import { type Imitation, imitated } from './imitation.js';
import { largestOf, placeOf, worstOf } from './ranks.js';
import { defineExamination, examinationFields, imitationFields, topField } from './settings.js';
import { add, dot } from './word-vectors.js';

const config = z.strictObject({
  ...examinationFields,
  ...topField,
  ...imitationFields,
  group: z
    .number()
    .int()
    .min(2)
    .max(100)
    .default(5)
    .meta({ description: 'Queries of a group: one, and those nearest to it by their words.' }),
  edits: z.number().int().min(1).max(20).default(5).meta({ description: 'Words that are put before a document.' }),
});
type Config = z.infer<typeof config>;

/** One trigger for all queries of a topic. */
export const topicAttack = defineExamination({
  name: 'topic-attack',
  title: 'Topic-oriented attack',
  summary:
    'Finds words that raise a document for a whole group of queries, and asks the ranker which of several are best.',
  paper: {
    title: 'Topic-oriented Adversarial Attacks against Black-box Neural Ranking Models',
    year: 2023,
    arxiv: '2304.14867',
  },
  evidence: {
    level: 'partial',
    reason: 'only the abstract is known: the search is greedy by an imitation, and learns no policy',
  },
  config,
  questionsBefore: ({ imitationLists }) => imitationLists,
  questionsOfDocument: ({ group }) => group,
  examine,
});

async function* examine(input: ExaminationInput<Config>): AsyncGenerator<ExaminedQuery> {
  const { config, queries } = input;
  const imitation = await imitated(input);
  const vectors = queries.map(({ query }) => imitation.query(query));
  for (const [index, { query, texts, scores }] of queries.entries()) {
    const group = groupOf(index, vectors, config.group);
    const triggers = triggersOf(
      imitation,
      group.map((at) => vectors[at]!),
      config.edits,
    );
    const boosts = new Boosts(config.top);
    const moves: Move[] = [];
    const orders: Float64Array[] = [];
    for (const target of worstOf(scores, config.documents)) {
      const best = await bestTrigger(triggers, group, texts[target]!, input);
      for (const { before, after } of best.places) boosts.add(before, after);
      const [score] = await input.judge.scores(query, [prefixed(best.words, texts[target]!)]);
      // Boosts are of all queries of the group, each among its own rows, and moves of this one alone.
      moves.push({ before: placeOf(scores, target), after: placeOf(scores, target, score!) });
      orders.push(Float64Array.from(scores, (own, row) => (row === target ? score! : own)));
    }
    yield { orders: orders.length > 0 ? orders : [scores], columns: boosts.columns(), moves };
  }
}

/** A query and those whose vectors point most nearly where its own does; of equal ones the earlier. */
function groupOf(index: number, vectors: readonly Float64Array[], size: number): number[] {
  const own = vectors[index]!;
  const length = (vector: Float64Array) => Math.sqrt(dot(vector, vector)) || 1;
  const near = vectors.map((vector) => dot(own, vector) / length(own) / length(vector));
  const others = largestOf(near, vectors.length).filter((at) => at !== index);
  return [index, ...others.slice(0, size - 1)];
}

/** The words that add most for the whole group, and those that add most for each of its queries. */
export function triggersOf(imitation: Imitation, queries: readonly Float64Array[], edits: number): string[][] {
  const { words, width } = imitation.vectors;
  const all = new Float64Array(width);
  for (const query of queries) add(all, query, 1 / queries.length);
  return [all, ...queries].map((query) =>
    largestOf(imitation.gains(imitation.direction(query)), edits).map((at) => words[at]!),
  );
}

/** Asks the ranker, once for each query of the group, and takes the trigger that raises the document for most of them. */
export async function bestTrigger(
  triggers: readonly (readonly string[])[],
  group: readonly number[],
  text: string,
  { queries, victim }: Pick<ExaminationInput<unknown>, 'queries' | 'victim'>,
): Promise<{ words: readonly string[]; places: { before: number; after: number }[] }> {
  const places: { before: number; after: number }[][] = triggers.map(() => []);
  const tried = [text, ...triggers.map((words) => prefixed(words, text))];
  for (const at of group) {
    const { query, texts } = queries[at]!;
    const others = texts.filter((other) => other !== text);
    const scores = await victim.scores(query, [...tried, ...others]);
    const rivals = scores.subarray(tried.length);
    const place = (candidate: number) => placeOf(rivals, -1, scores[candidate]!);
    for (const [trigger, own] of places.entries()) own.push({ before: place(0), after: place(trigger + 1) });
  }
  const raised = places.map((own) => own.filter(({ before, after }) => after < before).length);
  const gained = places.map((own) => own.reduce((sum, { before, after }) => sum + before - after, 0));
  const best = triggers
    .map((_, at) => at)
    .sort((a, b) => raised[b]! - raised[a]! || gained[b]! - gained[a]! || a - b)[0]!;
  return { words: triggers[best]!, places: places[best]! };
}
