import { baseGenerator, baseIdentity } from '@rankforge/generators';
import { changed, type GeneratorOpener } from './kind.js';

/** The base of the trial, which is warm. */
export const base: GeneratorOpener<'base'> = async (
  { name, template, sha256 },
  { engine, prepared: { model, tokenizer, baseSha256 }, tools: { turn } },
) => {
  if (baseIdentity({ sha256: await baseSha256(), template }) !== sha256) throw changed(name);
  const generator = baseGenerator({ name, sha256, engine, template, model, tokenizer, turn });
  return { generator, dispose: () => generator.dispose() };
};
