/** @file A GGUF file of the models folder as a generator. It is read here and started by workers, where llama.cpp is. */
import { chosenChat, ggufBytes, ggufChat, ggufDigest } from '@rankforge/bases';
import { ggufIdentity } from '@rankforge/generators';
import { invalid, ProblemError } from '../../platform/http/problem.js';
import type { GeneratorRoutine } from './kind.js';
import { templateOf } from './template.js';

export const gguf: GeneratorRoutine<'gguf'> = {
  async identify(request, { settings: { modelsDir } }) {
    const { file, context } = request;
    try {
      const { path, fileSha256 } = await ggufDigest(modelsDir, file);
      const bytes = await ggufBytes(path, context);
      const asking = await templateOf(request.template, async () => chosenChat(await ggufChat(path)), file);
      return { ...request, fileSha256, bytes, ...asking, sha256: ggufIdentity({ fileSha256, ...asking }) };
    } catch (error) {
      if (error instanceof ProblemError) throw error;
      // Where the models folder lies is nothing to tell those who use the API.
      throw invalid([{ path: '/file', message: (error as Error).message.replaceAll(`${modelsDir}/`, '') }]);
    }
  },
};
