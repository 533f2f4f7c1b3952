/** @file The template by which a model of this installation is asked: the one that a request names, or its own. */
import { ChatError, type ChosenChat, openAsking } from '@rankforge/bases';
import type { PromptTemplateName, TrialChat } from '@rankforge/contracts';
import { invalid } from '../../platform/http/problem.js';

/** A template takes less than a millisecond for a message; others wait for this one. */
const milliseconds = 1000;

/**
 * The template of a generator. Its own is tried with a question and its answer.
 *
 * @param asked what the request names; absent: its own, where it has one
 * @param own its chat template, which is looked up where it counts
 * @param model begins sentences about the model
 * @throws ProblemError where its own is asked for and missing, or does not work
 */
export async function templateOf(
  asked: PromptTemplateName | undefined,
  own: () => ChosenChat | undefined | Promise<ChosenChat | undefined>,
  model: string,
): Promise<{ template: PromptTemplateName; chat?: TrialChat }> {
  if (asked !== undefined && asked !== 'model') return { template: asked };
  const chosen = await own();
  if (!chosen && asked === undefined) return { template: 'plain' };
  if (!chosen) throw refused(`${model} brings no chat template: set template to plain or chatml`);
  try {
    openAsking(chosen, undefined, { milliseconds });
    return { template: 'model', chat: chosen.facts };
  } catch (cause) {
    if (!(cause instanceof ChatError)) throw cause;
    throw refused(`${model} cannot be asked by its own template: ${cause.message}; set template to plain or chatml`);
  }
}

const refused = (message: string) => invalid([{ path: '/template', message }]);
