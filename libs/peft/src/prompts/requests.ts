/** @file Words of a prompt by what is asked for. */
import type { Request } from '../text/question.js';

interface RequestWords {
  /** The instruction, without a full stop. */
  task: string;
  /** Said where there are passages. */
  source: string;
  /** The text in the quotes, and the one after it. */
  asked: string;
  lead: string;
  /** Ends what is written. */
  stop: string;
  /** A whole sentence is an answer, and no run of its words. */
  sentence: boolean;
}

const source = ', by what the passages say';

export const requestWords: Record<Request, RequestWords> = {
  answer: {
    task: 'Answer the question in as few words as possible',
    source: ', from the passages alone',
    asked: 'Question',
    lead: 'Answer',
    stop: '\n',
    sentence: false,
  },
  continue: {
    task: 'Write how the text goes on, about as much as there is of it, and repeat nothing of it',
    source,
    asked: 'Text',
    lead: 'Continuation',
    stop: '\n\n',
    sentence: true,
  },
  correct: {
    task: 'What stands after >> says something wrong. Write it without what is wrong, and add nothing',
    source,
    asked: 'Text',
    lead: 'Corrected',
    stop: '\n\n',
    sentence: true,
  },
  summarize: {
    task: 'Summarize the event in a few sentences',
    source,
    asked: 'Event',
    lead: 'Summary',
    stop: '\n\n',
    sentence: true,
  },
};

/** Most words of a task and what surrounds it in a prompt. */
export const taskWords = 60;
