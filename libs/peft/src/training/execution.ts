/** @file When a step's updates are made, and what can't have them made while the backward pass runs. */
import type { GradientPart } from '../method.js';
import { architectureOf, sourcedParameters } from '../models/config.js';
import { planTrial } from './plan.js';
import type { PlanOptions } from './plan-options.js';

/** After the backward pass, or in it: of each parameter as soon as its gradient is complete, which is then freed. */
export const executions = ['tree', 'perLayer'] as const;
export type Execution = (typeof executions)[number];

export interface ExecutionInput extends PlanOptions {
  optimizer: GradientPart;
  execution?: Execution | undefined;
  accumulate?: number | undefined;
  clipNorm?: number | null | undefined;
}

/** Why updates in the backward pass refuse a trial, and the option to change. */
export interface Refusal {
  option: 'clipNorm' | 'accumulate' | 'execution';
  /** A sentence for people. */
  reason: string;
}

/**
 * Why a trial cannot be updated per layer; undefined where it can, or does not ask to.
 *
 * @throws Error as `planTrial`
 */
export function unfitForExecution(input: ExecutionInput): Refusal | undefined {
  if (input.execution !== 'perLayer') return undefined;
  const { accumulate = 1, clipNorm, method, optimizer } = input;
  const refuse = (option: Refusal['option'], because: string, instead: string): Refusal => ({
    option,
    reason: `execution perLayer ${because}: ${instead}, or take execution tree`,
  });
  if (clipNorm !== undefined && clipNorm !== null) {
    const because = `frees each gradient before the next is made, and clipNorm ${clipNorm} needs the norm of all of them`;
    return refuse('clipNorm', because, 'set clipNorm to null');
  }
  if (accumulate > 1) {
    const because = `applies every gradient of a batch, and accumulate ${accumulate} needs sums over batches`;
    return refuse('accumulate', because, 'set accumulate to 1');
  }
  if (optimizer.estimator) {
    return refuse('execution', 'updates in the backward pass, and the optimizer makes none', 'choose another');
  }
  if (optimizer.scope === 'tree') {
    return refuse(
      'execution',
      'hands gradients over one by one, and the optimizer needs all at once',
      'choose another',
    );
  }
  const whole = wholeStepPart(input);
  if (whole !== undefined) {
    return refuse(
      'execution',
      `hands gradients over one by one, and ${method.name} has ${whole}`,
      'choose another method',
    );
  }
  const tied = tiedTensors(input);
  if (tied.length > 0) {
    const because = `updates what one place of the model reads, and several read ${tied.join(', ')}`;
    return refuse('execution', because, 'choose a method that leaves them as they are, or a base model without');
  }
  return undefined;
}

/** The part of a method that looks at a step as a whole, for people. */
function wholeStepPart({ method }: PlanOptions): string | undefined {
  if (method.rank) return 'a rank part that looks at the gradients of a step';
  if (method.penalty) return 'a penalty over all its tensors';
  if (method.featurePenalty) return 'a penalty over what all its blocks put out';
  return method.outputPenalty && 'a penalty over outputs';
}

/** Trained tensors that are read in several places, by path. */
function tiedTensors(options: PlanOptions): string[] {
  const { model, classes } = options;
  const plan = planTrial(options);
  // Where next tokens are predicted the head is a table; one that a file does not hold for the head is the embedding's.
  const head = classes === undefined ? architectureOf(model).vocabularyTable?.(model) : undefined;
  const own = sourcedParameters(model).find(({ path }) => path === head)?.source.outside ?? false;
  return [
    ...plan.adapters.filter(({ trained, users }) => trained && users.length > 1).map(({ path }) => path),
    ...plan.trainedBase.filter(({ path }) => path === head && !own).map(({ path }) => path),
  ];
}
