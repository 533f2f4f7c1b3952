/** @file Stage of a summary: content plans of a document, each of which is a set of its clauses. */

import type { Random, Segmenter } from '@rankforge/peft';
import { joined, rougeN } from '@rankforge/peft/extension';
import { z } from 'zod';
import type { Clause } from '../text/clauses.js';

export const planFields = {
  planner: z.enum(['rule', 'random', 'gold']).default('rule').meta({
    description:
      'Who chooses the clauses of a plan: a rule of frequent words and early places; chance; or whoever knows the right summary.',
  }),
  clauses: z.number().int().min(1).max(20).default(2).meta({ description: 'Clauses of a plan.' }),
};
export interface PlanConfig {
  planner: 'rule' | 'random' | 'gold';
  clauses: number;
}

/** A document whose clauses are planned. */
export interface PlannedDocument {
  words: readonly string[];
  clauses: readonly Clause[];
  segmenter: Segmenter;
}

/** The clauses of a plan, one after another as the document has them: the plan as an extract. */
export const extractOf = ({ words, clauses, segmenter }: PlannedDocument, plan: readonly number[]): string =>
  joined(
    plan.flatMap((at) => words.slice(clauses[at]!.from, clauses[at]!.to)),
    segmenter,
  );

/**
 * Different plans, the best first: the best sets of so many clauses that a beam search finds, which keeps as many as are asked for.
 * Where sets are worth the same, that of the earlier clauses stands first.
 *
 * @returns indices of clauses, ascending; one plan of all clauses where there are no more than a plan has, none where there are none
 */
export function plansOf(
  document: PlannedDocument,
  { planner, clauses: size }: PlanConfig,
  { count, right, random }: { count: number; right: readonly string[]; random: Random },
): number[][] {
  const { clauses } = document;
  if (clauses.length === 0) return [];
  if (clauses.length <= size) return [clauses.map((_, at) => at)];
  if (planner === 'random') return drawn(clauses.length, size, { count, random });
  return beam(clauses.length, size, { count, worth: planner === 'rule' ? byRule(document) : byRight(document, right) });
}

type Worth = (plan: readonly number[]) => number;

function beam(clauses: number, size: number, { count, worth }: { count: number; worth: Worth }): number[][] {
  let kept: number[][] = [[]];
  for (let chosen = 0; chosen < size; chosen++) {
    const grown = new Map<string, number[]>();
    for (const plan of kept) {
      for (let at = 0; at < clauses; at++) {
        if (plan.includes(at)) continue;
        const larger = [...plan, at].sort((a, b) => a - b);
        grown.set(larger.join(), larger);
      }
    }
    kept = [...grown.values()]
      .map((plan) => ({ plan, worth: worth(plan) }))
      .sort((a, b) => b.worth - a.worth || earlier(a.plan, b.plan))
      .slice(0, count)
      .map(({ plan }) => plan);
  }
  return kept;
}

const earlier = (a: readonly number[], b: readonly number[]): number => {
  const at = a.findIndex((own, place) => own !== b[place]);
  return at < 0 ? 0 : a[at]! - b[at]!;
};

/** Different sets by chance; fewer than asked for where so many draws did not find more. */
function drawn(clauses: number, size: number, { count, random }: { count: number; random: Random }): number[][] {
  const found = new Map<string, number[]>();
  for (let draw = 0; draw < 20 * count && found.size < count; draw++) {
    const plan = new Set<number>();
    while (plan.size < size) plan.add(random.integer(clauses));
    const sorted = [...plan].sort((a, b) => a - b);
    found.set(sorted.join(), sorted);
  }
  return [...found.values()];
}

/** Frequent words of the document, weighed against the length, and twice as much for the first clause as for the last. */
function byRule(document: PlannedDocument): Worth {
  const { words, clauses, segmenter } = document;
  const covers = coverageIn(joined(words, segmenter), segmenter);
  return (plan) => {
    const early = plan.reduce((sum, at) => sum + (clauses.length - at), 0) / (clauses.length * plan.length);
    return covers(extractOf(document, plan)) * (1 + early);
  };
}

/** The mean of ROUGE-1 and ROUGE-2 of the extract. */
const byRight =
  (document: PlannedDocument, right: readonly string[]): Worth =>
  (plan) => {
    const extract = extractOf(document, plan);
    const { tokens } = document.segmenter;
    return (rougeN(extract, right, 1, tokens) + rougeN(extract, right, 2, tokens)) / 2;
  };

/**
 * How much of a document a text covers for its length: the share of the words of the document, without stop words, that the text has
 * too, over the root of the number of its words; 0 for none.
 */
export function coverageIn(document: string, segmenter: Segmenter): (text: string) => number {
  const counts = new Map<string, number>();
  for (const word of segmenter.terms(document)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return (text) => {
    const { length } = segmenter.split(text);
    if (length === 0 || total === 0) return 0;
    const covered = [...new Set(segmenter.terms(text))].reduce((sum, word) => sum + (counts.get(word) ?? 0), 0);
    return covered / total / Math.sqrt(length);
  };
}
