import { baseGenerator, baseIdentity } from '@rankforge/generators';
import { changed, type GeneratorOpener } from './kind.js';
import { templateOfBase } from './template.js';

/** The base of the trial, which is warm. */
export const base: GeneratorOpener<'base'> = async (spec, setting) => {
  const { engine, prepared, tools } = setting;
  const { name, template: named, chat, sha256 } = spec;
  const { model, tokenizer, baseSha256 } = prepared;
  if (baseIdentity({ sha256: await baseSha256(), template: named, chat }) !== sha256) throw changed(name);
  const template = await templateOfBase(spec, setting);
  const generator = baseGenerator({ name, sha256, engine, template, model, tokenizer, turn: tools.turn });
  return { generator, dispose: () => generator.dispose() };
};
