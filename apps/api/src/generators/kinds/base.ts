import { baseIdentity } from '@rankforge/generators';
import type { GeneratorRoutine } from './kind.js';
import { writingBase } from './writing-base.js';

export const base: GeneratorRoutine<'base'> = {
  async identify(request, { catalog }) {
    const { base: name, template } = request;
    const { sha256 } = await writingBase(catalog, name, '/base', name);
    return { ...request, sha256: baseIdentity({ sha256, template }) };
  },
};
