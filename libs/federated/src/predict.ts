/** @file Bytes of a federation before it runs: its peak is that of one client's training. */
import { type MemoryParts, type PredictInput, predictMemory } from '@rankforge/peft';
import { clientOptimizer, type Strategy } from './strategy.js';

export interface PredictFederatedInput extends PredictInput {
  strategy: Strategy;
  /** Parsed by the strategy's schema here: defaults may be left out. */
  strategyConfig?: unknown;
}

/**
 * Bytes held at the peak of any client's training, by part: clients take turns, and what they keep between them lies on the host.
 *
 * @throws Error as `predictMemory`
 */
export function predictFederated({ strategy, strategyConfig, ...input }: PredictFederatedInput): MemoryParts {
  const config = strategy.config.parse(strategyConfig ?? {});
  return predictMemory({ ...input, optimizer: clientOptimizer(strategy, config, input.optimizer) });
}
