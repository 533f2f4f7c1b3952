import { ggufDigest } from '@rankforge/bases';
import { ggufIdentity, openGguf } from '@rankforge/generators';
import { changed, type GeneratorOpener } from './kind.js';

/** A file of the models folder, run by llama.cpp on one thread. */
export const gguf: GeneratorOpener<'gguf'> = async (
  { name, file, template, context, sha256 },
  { tools: { turn, session } },
) => {
  const { modelsDir, enginesFolder } = session;
  const { path, fileSha256 } = await ggufDigest(modelsDir, file).catch((cause: Error) => {
    throw new Error(`the generator ${name} cannot be opened: ${cause.message}`, { cause });
  });
  if (ggufIdentity({ fileSha256, template }) !== sha256) throw changed(name);
  const generator = await openGguf({ name, file: path, fileSha256, template, context, enginesFolder, turn });
  return { generator, dispose: () => generator.dispose() };
};
