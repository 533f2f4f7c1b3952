import { type Base, chosenChat } from '@rankforge/bases';
import { type CreateSweep, chatTemplates, type FieldError, type TrialChat } from '@rankforge/contracts';
import type { Task } from '@rankforge/tasks';

/** The chat template of a sweep on conversations; `errors` say where it names one for other data, or there is none. */
export function planChat(
  { chatTemplate }: Pick<CreateSweep, 'chatTemplate'>,
  { task, base }: { task: Task; base: Base },
  errors: FieldError[],
): TrialChat | undefined {
  if (!task.conversations) {
    if (chatTemplate !== undefined) {
      const message = `the examples of ${task.name} are no conversations, so that no template lays them out: leave it out`;
      errors.push({ path: '/chatTemplate', message });
    }
    return undefined;
  }
  const chosen = chosenChat(base.chat ?? { tokens: {} }, chatTemplate);
  if (chosen) return chosen.facts;
  const message =
    `${base.name} brings no chat template, and the examples of ${task.name} are conversations: put a chat_template.jinja into its folder, ` +
    `name a template (chatTemplate: ${chatTemplates.join(' or ')}), or import the data with a promptTemplate`;
  errors.push({ path: '/chatTemplate', message });
  return undefined;
}
