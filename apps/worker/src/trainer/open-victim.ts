import type { TrialSpec } from '@rankforge/contracts';
import { type OpenVictim, trainedVictim } from '@rankforge/evaluators';
import type { Tools } from './kinds/kind.js';
import type { Prepared } from './session.js';

/** The finished training that a trial names as a ranker; undefined where it names none. @throws Error as `trainedVictim` */
export async function openVictim(
  { teacher, training }: Pick<TrialSpec, 'teacher' | 'training'>,
  { data, tokenizer, model }: Prepared,
  { session, turn }: Pick<Tools, 'session' | 'turn'>,
): Promise<OpenVictim | undefined> {
  if (!teacher) return undefined;
  const options = { ...tokenizer, sequenceLength: training.sequenceLength };
  return trainedVictim(await session.teacher(teacher), { base: model, data, options, turn });
}
