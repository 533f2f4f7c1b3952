/** @file A GGUF file of the models folder as a generator. It is read here and started by workers, where llama.cpp is. */
import { ggufBytes, ggufDigest } from '@rankforge/bases';
import { ggufIdentity } from '@rankforge/generators';
import { invalid } from '../../platform/http/problem.js';
import type { GeneratorRoutine } from './kind.js';

export const gguf: GeneratorRoutine<'gguf'> = {
  async identify(request, { settings: { modelsDir } }) {
    const { file, template, context } = request;
    try {
      const { path, fileSha256 } = await ggufDigest(modelsDir, file);
      const bytes = await ggufBytes(path, context);
      return { ...request, fileSha256, bytes, sha256: ggufIdentity({ fileSha256, template }) };
    } catch (error) {
      // Where the models folder lies is nothing to tell those who use the API.
      throw invalid([{ path: '/file', message: (error as Error).message.replaceAll(`${modelsDir}/`, '') }]);
    }
  },
};
