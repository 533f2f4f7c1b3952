import { secondBesideSpaces } from '@rankforge/peft/extension';
import { z } from 'zod';
import { askingBy } from '../slots/asking.js';
import type { Chooser } from '../stages/choose.js';
import { extractOf, planFields, plansOf } from '../stages/plan.js';
import { clausesOf } from '../text/clauses.js';
import { defineProcedure } from './procedure.js';
import {
  candidatesField,
  chooseFields,
  documentField,
  marked,
  promptOf,
  readWords,
  summarized,
  summarizing,
  writeFields,
  written,
} from './summarizing.js';

/** Different content plans, a candidate from each, and a choice. */
export const planGuidedSummary = defineProcedure({
  name: 'plan-guided-summary',
  title: 'Plan-guided summary re-ranking (EDU)',
  summary:
    'Plans what a summary may say as sets of clauses of the document, has a candidate written from each plan, and chooses one.',
  paper: {
    title: 'Generating EDU Extracts for Plan-Guided Summary Re-Ranking',
    year: 2023,
    arxiv: '2305.17779',
  },
  evidence: {
    level: 'partial',
    reason:
      'clauses by a rule stand for parsed discourse units, and plans follow from a rule and not from a trained generator; the writer is asked as the paper asks GPT, and is not trained on plans; who chooses is not trained either',
  },
  config: z.strictObject({
    candidates: candidatesField,
    ...planFields,
    writer: z.enum(['generator', 'extract']).default('generator').meta({
      description:
        'Who writes from a plan: the generator of the sweep, or nobody: the clauses themselves are the candidate.',
    }),
    ...chooseFields,
    documentWords: documentField,
    ...writeFields,
  }),
  numbers: secondBesideSpaces,
  part: {
    kind: 'summarizer',
    async summarize(input) {
      const { config, document, segmenter, right, random } = input;
      const words = readWords(document, config.documentWords, segmenter);
      const planned = { words, clauses: clausesOf(words, segmenter), segmenter };
      const plans = plansOf(planned, config, { count: config.candidates, right, random: random.fork('plans') });
      const candidates: { text: string; plan: string }[] = [];
      for (const [place, plan] of plans.entries()) {
        const extract = extractOf(planned, plan);
        const clauses = plan.map((at) => planned.clauses[at]!);
        const text =
          config.writer === 'extract'
            ? extract
            : await written(input, promptOf(marked(words, clauses), config, { segmenter, marks: true }), place);
        candidates.push({ text, plan: extract });
      }
      return summarized(input, candidates);
    },
    calls: (config) => summarizing.calls(config, config.writer === 'generator'),
    words: (config) => summarizing.words(config),
    ...askingBy(({ writer, chooser }: { writer: string; chooser: Chooser }) => [
      writer === 'generator' && 'its writer to extract',
      chooser === 'likelihood' && 'its chooser to another',
    ]),
  },
});
