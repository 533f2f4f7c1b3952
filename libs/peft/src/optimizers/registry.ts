/** @file Every optimizer. A new one is a file beside this, its import and a line here. */
import type { Optimizer } from '../method.js';
import { UnknownNameError } from '../unknown-name.js';
import { adafactor } from './adafactor.js';
import { adam8bit } from './adam-8bit.js';
import { adamw } from './adamw.js';
import { allora } from './allora.js';
import { apollo, apolloMini } from './apollo.js';
import { badam } from './badam.js';
import { fira } from './fira.js';
import { frugal } from './frugal.js';
import { galore } from './galore.js';
import { galore8bit } from './galore-8bit.js';
import { gradnormlorp } from './gradnormlorp.js';
import { lion } from './lion.js';
import { lisa } from './lisa.js';
import { loraFa } from './lora-fa.js';
import { loraPlus } from './lora-plus.js';
import { muon } from './muon.js';
import { qGalore } from './q-galore.js';
import { sgd } from './sgd.js';
import { sgdm } from './sgdm.js';
import { signsgd } from './signsgd.js';
import { spam } from './spam.js';
import { stableSpam } from './stable-spam.js';
import { zoRanksgd } from './zo-ranksgd.js';

export const optimizers: readonly Optimizer[] = [
  adamw,
  sgd,
  sgdm,
  galore,
  loraFa,
  loraPlus,
  allora,
  signsgd,
  lion,
  adafactor,
  muon,
  fira,
  gradnormlorp,
  frugal,
  apollo,
  apolloMini,
  stableSpam,
  spam,
  lisa,
  badam,
  zoRanksgd,
  adam8bit,
  galore8bit,
  qGalore,
];

export const optimizerNames: readonly string[] = optimizers.map(({ name }) => name);

/**
 * The optimizer called `name`, e.g. `findOptimizer('adamw')`.
 *
 * @throws UnknownNameError
 */
export function findOptimizer(name: string): Optimizer {
  const optimizer = optimizers.find((candidate) => candidate.name === name);
  if (!optimizer) throw new UnknownNameError('optimizer', name, optimizerNames);
  return optimizer;
}
