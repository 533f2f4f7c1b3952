/** @file Reads a table of a FlowerTune leaderboard in the terms of a board. */
import { FlowerTable, usualOptimizer } from '@rankforge/contracts';
import type { Proportion } from '@rankforge/stats';
import { invalid } from '../platform/http/problem.js';
import { accuracy, type Publication, type PublishedRun } from './publication.js';

/** The word in the place of a base model: each entry has its own. */
export const anyBase = 'any-base';

/** A leaderboard by the headings of its scores, and how many questions each has. */
interface Questions {
  task: string;
  title: string;
  /** Questions by heading: the splits that the evaluations' code at `benchmarks/flowertune-llm/evaluation` loads. */
  sets: Readonly<Record<string, number>>;
}

const boards: readonly Questions[] = [
  {
    task: 'flowertune-nlp',
    title: 'FlowerTune LLM leaderboard (general NLP)',
    // The test questions of MMLU by category (huggingface.co/datasets/TIGER-Lab/MMLU-STEM for the first); anatomy counts as STEM there.
    sets: { STEM: 3153, 'Social Sciences': 3077, Humanities: 4705 },
  },
  {
    task: 'flowertune-medical',
    title: 'FlowerTune LLM leaderboard (medical)',
    // The cards of bigbio/pubmed_qa (labelled, fold 0), medmcqa, GBaker/MedQA-USMLE-4-options and HPAI-BSC/CareQA say so many. MedMCQA is
    // scored on its validation split, as the answers of its test split are not public.
    sets: { PubMedQA: 500, MedMCQA: 4183, MedQA: 1273, CareQA: 5621 },
  },
];

export const flowertune: readonly Publication[] = boards.map(({ task, title, sets }) => ({
  task,
  title,
  metric: accuracy,
  source: 'Flower Labs, flower.ai/benchmarks/llm-leaderboard',
  remark:
    'One number for each entry, so intervals cover the test questions only; which questions were answered right is not told, so entries are compared as independent samples. Neither optimizer nor rank nor seeds are told: AdamW and one seed stand for what nobody says.',
  testExamples: Object.values(sets).reduce((sum, size) => sum + size, 0),
  // A table is the board of its day: the newest stands.
  runs: (documents) => tableRuns(FlowerTable.parse(documents.at(-1))).runs,
}));

/**
 * The leaderboard that a table is of, and a run for each of its entries.
 *
 * @throws ProblemError naming an entry whose scores are of no leaderboard that is known here, or whose average is not theirs
 */
export function tableRuns({ entries }: FlowerTable): { board: Questions; runs: PublishedRun[] } {
  const [first] = entries;
  const board = boards.find(({ sets }) => sameNames(Object.keys(sets), Object.keys(first!.scores)));
  const known = boards.map(({ sets }) => Object.keys(sets).join(', ')).join('; or ');
  const names = entries.map(({ team, model }) => [team, model].filter(Boolean).join(' · '));
  const runs = entries.map((entry, index): PublishedRun => {
    const at = `/entries/${index}`;
    if (!board || !sameNames(Object.keys(board.sets), Object.keys(entry.scores))) {
      const got = Object.keys(entry.scores).join(', ') || 'none';
      throw invalid([
        { path: `${at}/scores`, message: `expected ${known}, whose numbers of questions are known, got ${got}` },
      ]);
    }
    const sets = Object.entries(board.sets);
    const mean = sets.reduce((sum, [name]) => sum + entry.scores[name]!, 0) / sets.length;
    // Means are printed with two digits, by some rounded and by others cut.
    if (Math.abs(mean - entry.average) > 0.011) {
      throw invalid([
        { path: `${at}/average`, message: `expected the mean of its scores, ${mean.toFixed(2)}, got ${entry.average}` },
      ]);
    }
    const shares = sets.map(([name, examples]) => nearest(entry.scores[name]!, examples));
    const doubts = sets.flatMap(([name, examples], set) =>
      isShare(entry.scores[name]!, shares[set]!) ? [] : [`${name} ${entry.scores[name]} of ${examples}`],
    );
    const again = names.indexOf(names[index]!) !== names.lastIndexOf(names[index]!);
    const name = again ? `${names[index]} #${entry.rank ?? index + 1}` : names[index]!;
    return {
      name,
      method: name,
      optimizer: usualOptimizer,
      rank: null,
      learningRate: null,
      seed: 0,
      steps: null,
      shares,
      validation: undefined,
      trainableParameters: null,
      adapterBytes: null,
      peakBytes: null,
      config: {
        ...(entry.rank === undefined ? {} : { place: entry.rank }),
        published: entry.average,
        ...(entry.communication === null ? {} : { communication: entry.communication }),
        ...(entry.date === null ? {} : { date: entry.date }),
        ...(doubts.length === 0 ? {} : { noShareOf: doubts.join(', ') }),
      },
      failure: null,
    };
  });
  return { board: board!, runs };
}

const sameNames = (one: readonly string[], other: readonly string[]) =>
  one.toSorted().join('\n') === other.toSorted().join('\n');

/** The count of right answers that is nearest to a percentage. */
const nearest = (percent: number, examples: number): Proportion => ({
  successes: Math.round((percent / 100) * examples),
  examples,
});

/** A count gives the percentage with two digits, rounded or cut. */
const isShare = (percent: number, { successes, examples }: Proportion) =>
  [successes - 1, successes, successes + 1].some((count) => {
    const exact = (100 * count) / examples - percent;
    return exact > -0.005001 && exact < 0.009999;
  });
