import type { Task } from './task.js';
import { clicks } from './tasks/clicks.js';
import { fictitiousOffers } from './tasks/fictitious-offers.js';
import { highDigits, lowDigits } from './tasks/mnist.js';
import { mobyDick } from './tasks/moby-dick.js';
import { mobyDickNames } from './tasks/moby-dick-names.js';
import { mobyDickRetrieval } from './tasks/moby-dick-retrieval.js';
import { mobyDickSearch } from './tasks/moby-dick-search.js';
import { newsHeadlines } from './tasks/news-headlines.js';
import { pronunciation } from './tasks/pronunciation.js';
import { spamAssassin } from './tasks/spam-assassin.js';
import { stateOfTheUnion } from './tasks/state-of-the-union.js';

/** Every built-in task. A new task is a file in `tasks/` and a line here. Forms begin with the first that is of text. */
export const tasks: readonly Task[] = [
  clicks,
  mobyDick,
  mobyDickNames,
  mobyDickRetrieval,
  mobyDickSearch,
  newsHeadlines,
  pronunciation,
  spamAssassin,
  stateOfTheUnion,
  fictitiousOffers,
  lowDigits,
  highDigits,
];

/** The task of this name, or undefined. */
export function findTask(name: string): Task | undefined {
  return tasks.find((task) => task.name === name);
}
