import { openEndpoint, permitted } from '@rankforge/generators';
import { invalid } from '../../platform/http/problem.js';
import type { GeneratorRoutine } from './kind.js';

export const endpoint: GeneratorRoutine<'endpoint'> = {
  async identify(request, { settings }) {
    const { url, model, api, keyFrom } = request;
    try {
      const { allowPrivate } = permitted(url, settings.generators);
      const key = keyFrom === undefined ? undefined : settings.generators.key(keyFrom, url);
      // A person waits for the answer.
      const patience = { attempts: 1, firstWaitMs: 0, longestWaitMs: 0 };
      const opened = await openEndpoint({ url, model, api, key, allowPrivate, patienceMs: 10_000, patience });
      return { ...request, sha256: opened.identity().sha256 };
    } catch (error) {
      throw invalid([{ path: '/url', message: (error as Error).message }]);
    }
  },
};
