/** @file What every kind of generator says of itself, and what several kinds share. */
import { z } from 'zod';
import { TrialChat } from '../chat.js';

/** A kind of generator: what is asked of who adds one, and how lists show it. What API and workers do for it are files of their own. */
export interface GeneratorKindRecord<N extends string = string, G = never> {
  name: N;
  /** On a button. */
  label: string;
  /** Its digest is of weights. Otherwise it is of what somebody says of them: it may answer otherwise tomorrow. */
  reproducible: boolean;
  /** The model, for lists. */
  model(generator: G): string;
  /** Where it runs, for lists. */
  place(generator: G): string;
}

/** Templates by which a model of this installation reads prompts. */
export const promptTemplates = ['model', 'plain', 'chatml'] as const;
export type PromptTemplateName = (typeof promptTemplates)[number];

const readings =
  '`model`: prompts are messages of a user by the chat template of the model itself. `plain`: they are continued as they stand. `chatml`: they are messages of a user by ChatML.';

/** The template that a request asks for. */
export const AskedTemplate = z
  .enum(promptTemplates)
  .optional()
  .meta({ description: `${readings} Absent: \`model\` where the model has a chat template, else \`plain\`.` });

/** Fields of a generator that was added. One that was added before there was `model` may lack them. */
export const foundOfTemplate = {
  template: z.enum(promptTemplates).default('plain').meta({ description: readings }),
  chat: TrialChat.optional().meta({ description: 'Its own chat template, where it is asked by that.' }),
};

export const ofInstallation = 'this installation';
