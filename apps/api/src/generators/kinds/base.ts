import { chosenChat } from '@rankforge/bases';
import { baseIdentity } from '@rankforge/generators';
import type { GeneratorRoutine } from './kind.js';
import { templateOf } from './template.js';
import { writingBase } from './writing-base.js';

export const base: GeneratorRoutine<'base'> = {
  async identify(request, { catalog }) {
    const { base: name } = request;
    const { sha256, chat } = await writingBase(catalog, name, '/base', name);
    const asking = await templateOf(request.template, () => chat && chosenChat(chat), name);
    return { ...request, ...asking, sha256: baseIdentity({ sha256, ...asking }) };
  },
};
