/** @file Every federated strategy. A new one is a file in `strategies` and a line here. */
import { UnknownNameError } from '@rankforge/peft';
import { fedamd } from './strategies/fedamd.js';
import { fedavg } from './strategies/fedavg.js';
import { fedavgm } from './strategies/fedavgm.js';
import { fedprox } from './strategies/fedprox.js';
import { frl } from './strategies/frl.js';
import { krum } from './strategies/krum.js';
import { localOnly } from './strategies/local-only.js';
import { loraFair } from './strategies/lora-fair.js';
import { median } from './strategies/median.js';
import { pooled } from './strategies/pooled.js';
import { scaffold } from './strategies/scaffold.js';
import { sparse } from './strategies/sparse.js';
import { stack } from './strategies/stack.js';
import { svd } from './strategies/svd.js';
import { trimmedMean } from './strategies/trimmed-mean.js';
import type { Strategy } from './strategy.js';

export const strategies: readonly Strategy[] = [
  fedavg,
  fedprox,
  fedavgm,
  scaffold,
  fedamd,
  stack,
  svd,
  loraFair,
  sparse,
  trimmedMean,
  krum,
  median,
  frl,
  pooled,
  localOnly,
  // A strategy is its import and its line here.
];

export const strategyNames: readonly string[] = strategies.map(({ name }) => name);

/**
 * The strategy called `name`, e.g. `findStrategy('fedavg')`.
 *
 * @throws UnknownNameError
 */
export function findStrategy(name: string): Strategy {
  const strategy = strategies.find((candidate) => candidate.name === name);
  if (!strategy) throw new UnknownNameError('strategy', name, strategyNames);
  return strategy;
}
