import { ggufChat, ggufDigest } from '@rankforge/bases';
import { ggufIdentity, openGguf } from '@rankforge/generators';
import { changed, type GeneratorOpener } from './kind.js';
import { templateOf } from './template.js';

/** A file of the models folder, run by llama.cpp on one thread. */
export const gguf: GeneratorOpener<'gguf'> = async (spec, { tools: { turn, session } }) => {
  const { name, file, template: named, chat, context, sha256 } = spec;
  const { modelsDir, enginesFolder } = session;
  const { path, fileSha256 } = await ggufDigest(modelsDir, file).catch((cause: Error) => {
    throw new Error(`the generator ${name} cannot be opened: ${cause.message}`, { cause });
  });
  if (ggufIdentity({ fileSha256, template: named, chat }) !== sha256) throw changed(name);
  const template = await templateOf(spec, () => ggufChat(path));
  const generator = await openGguf({ name, file: path, sha256, template, context, enginesFolder, turn });
  return { generator, dispose: () => generator.dispose() };
};
