/** @file What a sweep asks of runners that those of live workers cannot do. */
import { beyondRunner, type EngineName, engineRecord, type FieldError } from '@rankforge/contracts';
import type { AnnouncedRunner } from '@rankforge/db';
import { trainedMethod } from '@rankforge/evaluators';
import { type PlannedConfiguration, refusedPath } from './configure.js';
import type { SweepPlan } from './sweep-plan.js';

/**
 * Finds what a configuration needs that a runner of a live worker lacks; nothing where each has it, or none is known.
 * A trial may come to any of these workers.
 */
export function beyondRunners(
  { methods }: Pick<SweepPlan, 'methods'>,
  announced: readonly AnnouncedRunner[],
): (configuration: PlannedConfiguration) => FieldError[] {
  return ({ axis, spec }) => {
    const of = methods.find(({ index }) => index === axis)!;
    const peft = trainedMethod(of.method)?.peft;
    if (!engineRecord(spec.engine as EngineName).runner || !peft) return [];
    const inTorch = of.optimizer.inTorch?.(spec.optimizerConfig);
    const needs = {
      peftType: peft.type,
      dtype: spec.training.baseDtype ?? 'float32',
      ...(typeof inTorch === 'object' && { optimizer: inTorch.name }),
    };
    return announced.flatMap(({ worker, engine, able }) => {
      const beyond = engine === spec.engine && beyondRunner(`${engine} of the worker ${worker}`, able, needs);
      if (!beyond) return [];
      const { field, message } = beyond;
      return { path: refusedPath(of, { field, reason: message, of: 'training' }), message };
    });
  };
}
