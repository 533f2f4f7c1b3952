/** @file Audits a model that recommends as a trial says: a text in a product, and what becomes of its place. */
import type { RobustnessReport } from '@rankforge/contracts';
import {
  baseRecommender,
  findEvaluator,
  type OpenRecommender,
  scoreVisibility,
  trainedRecommender,
  type VisibilityScores,
} from '@rankforge/evaluators';
import type { TrialRunner } from './kinds/kind.js';

export interface Audited extends VisibilityScores {
  reports: { robustness: RobustnessReport };
}

/** @throws Error where the model cannot be opened, or the audit cannot go on */
export async function audited(
  split: 'validation' | 'test',
  ...[{ spec }, { data, tokenizer, model }, tools]: Parameters<TrialRunner['run']>
): Promise<Audited> {
  const reading = {
    data,
    options: { ...tokenizer, sequenceLength: spec.training.sequenceLength },
    turn: tools.turn,
  };
  const victim: OpenRecommender = spec.teacher
    ? trainedRecommender(await tools.session.teacher(spec.teacher), { base: model, ...reading })
    : baseRecommender(model, reading);
  try {
    const scores = await scoreVisibility({
      evaluator: findEvaluator(spec.method),
      config: spec.methodConfig,
      data,
      split,
      seed: spec.seed,
      victim,
      turn: tools.turn,
      onQuery() {
        tools.signs.other();
        tools.signal.throwIfAborted();
      },
    });
    return { ...scores, reports: { robustness: { ...scores.examined, agreement: null, perplexity: null } } };
  } finally {
    victim.dispose();
  }
}
