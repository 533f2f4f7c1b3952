/** @file Every publication whose results are read. A new one is a file beside this and a line here. */
import { flowertune } from './flowertune.js';
import { peftComparison } from './peft-comparison.js';
import type { Publication } from './publication.js';

const publications: readonly Publication[] = [peftComparison, ...flowertune];

export const findPublication = (task: string): Publication | undefined =>
  publications.find((publication) => publication.task === task);
