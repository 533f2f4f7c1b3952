/** @file The template by which a trial asks a generator of this installation. */
import { join } from 'node:path';
import { type BaseChat, chatOfFolder, chosenChat, openAsking } from '@rankforge/bases';
import type { TrialGenerator } from '@rankforge/contracts';
import type { PromptTemplate } from '@rankforge/generators';
import type { BaseTokenizer } from '@rankforge/peft';
import { changed, type GeneratorSetting } from './kind.js';

type Templated = Pick<Extract<TrialGenerator, { template: unknown }>, 'name' | 'template' | 'chat'>;

/** @throws Error where the chat template of its base is another than when it was added, or does not work */
export const templateOfBase = (
  generator: Templated & { base: string },
  { prepared: { tokenizer }, tools: { session } }: GeneratorSetting,
): Promise<PromptTemplate> =>
  templateOf(generator, async () => ({
    ...(await chatOfFolder(join(session.modelsDir, generator.base))),
    controls: tokenizer.controls,
    added: tokenizer.added,
  }));

/**
 * @param own chat template of its model by now, with the names of its tokens
 * @throws Error where the template is another than when it was added, or does not work
 */
export async function templateOf(
  { name, template, chat }: Templated,
  own: () => Promise<BaseChat & Pick<BaseTokenizer, 'controls' | 'added'>>,
): Promise<PromptTemplate> {
  if (template !== 'model') return template;
  const found = await own();
  const chosen = chosenChat(found, chat?.template);
  if (!chosen || chosen.facts.sha256 !== chat?.sha256) throw changed(name);
  return openAsking(chosen, found);
}
