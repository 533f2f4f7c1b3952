/** @file How conversations of a data set become texts: by a template, whose hash is in the spec of a trial. */
import { z } from 'zod';

/** Templates that a sweep may choose in place of that of its base model. */
export const chatTemplates = ['chatml', 'lines'] as const;
export const ChatTemplateName = z.enum(chatTemplates).meta({
  id: 'ChatTemplateName',
  description:
    'Lays out conversations in place of the template of the base model. `chatml` needs a tokenizer with <|im_start|> and <|im_end|>; `lines` writes roles as words, as in "User: …".',
});
export type ChatTemplateName = z.infer<typeof ChatTemplateName>;

/** The template by which the conversations of a trial were laid out. */
export const TrialChat = z.strictObject({
  template: ChatTemplateName.optional().meta({ description: 'Absent: that of the base model.' }),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .meta({
      description: 'Of the text of the template, the special tokens that it names, and the date.',
    }),
  date: z.iso.date().optional().meta({ description: 'What a template that asks for the day is told.' }),
});
export type TrialChat = z.infer<typeof TrialChat>;
