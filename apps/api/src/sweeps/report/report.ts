/** @file A report of a sweep, in the order in which a reader asks. */
import { answerBlocks, boardBlocks, differenceBlocks, tuningBlocks, warningBlocks } from './board-blocks.js';
import type { Block, Report } from './document.js';
import type { ReportFacts } from './facts.js';
import {
  costBlocks,
  furtherBlocks,
  headBlocks,
  inputBlocks,
  noteBlocks,
  questionBlocks,
  requestBlocks,
} from './sweep-blocks.js';

/** Parts with the heading that each stands under; a part with nothing to say is left out. */
const parts: readonly (readonly [heading: string, blocks: (facts: ReportFacts) => Block[]])[] = [
  ['Note', noteBlocks],
  ['Question', questionBlocks],
  ['Answer', answerBlocks],
  ['Board', boardBlocks],
  ['Tuning', tuningBlocks],
  ['Differences', differenceBlocks],
  ['Costs', costBlocks],
  ['Warnings', warningBlocks],
  ['What would tell more apart', furtherBlocks],
  ['Data and versions', inputBlocks],
  ['Run it again', requestBlocks],
];

export function reportOf(facts: ReportFacts): Report {
  const blocks = parts.flatMap(([text, blocksOf]): Block[] => {
    const found = blocksOf(facts);
    return found.length === 0 ? [] : [{ kind: 'heading', text }, ...found];
  });
  return { title: facts.sweep.name, blocks: [...headBlocks(facts), ...blocks] };
}
