import type { TrialSpec } from '@rankforge/contracts';
import { findOptimizer } from '@rankforge/peft';

/** The optimizer of a trial, with its configuration. */
export function buildOptimizer(spec: TrialSpec) {
  const optimizer = findOptimizer(spec.optimizer);
  return optimizer.build(optimizer.config.parse(spec.optimizerConfig));
}
