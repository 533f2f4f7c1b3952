/** @file Every examination of a ranker or of a model that recommends: attacks, and a certificate. A new one is a file beside this and a line here. */
import type { Evaluator } from '../evaluator.js';
import { certdr } from './certdr.js';
import { keywordText } from './keyword-text.js';
import { noAttack } from './no-attack.js';
import { noText } from './no-text.js';
import { orderDisorder } from './order-disorder.js';
import { queryCopy } from './query-copy.js';
import { randomText } from './random-text.js';
import { randomTrigger } from './random-trigger.js';
import { strategicText } from './strategic-text.js';
import { topicAttack } from './topic-attack.js';
import { whiteBox } from './white-box.js';

export const examinations: readonly Evaluator[] = [
  noAttack,
  randomTrigger,
  queryCopy,
  whiteBox,
  orderDisorder,
  topicAttack,
  certdr,
  noText,
  randomText,
  keywordText,
  strategicText,
];
