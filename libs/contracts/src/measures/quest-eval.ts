import { z } from 'zod';
import { defineMeasure, mean } from './measure.js';
import { reportOf } from './procedure.js';

/** RAGQuestEval: questions that a judge makes of right answers, and answers from what was written. */
const common = {
  unit: 'share',
  direction: 'maximize',
  schema: z.number().min(0).max(1),
  combine: mean,
  on: 'some',
} as const;

export const questRecall = defineMeasure({
  ...common,
  name: 'questRecall',
  title: 'Questions that are answered',
  hint: 'Share of the questions about the right text that the written one answers, by a judge: no score.',
  of: (known) => reportOf(known)?.quest?.recall,
  line: { title: 'quest recall' },
  column: { id: 'quest-recall', priority: 2 },
});

export const questF1 = defineMeasure({
  ...common,
  name: 'questF1',
  title: 'F1 of answered questions',
  hint: 'F1 of the words of answers that the right text and the written one give to the same questions, by a judge: no score.',
  of: (known) => reportOf(known)?.quest?.f1,
  line: { title: 'quest F1' },
  column: { id: 'quest-f1', priority: 2 },
});
