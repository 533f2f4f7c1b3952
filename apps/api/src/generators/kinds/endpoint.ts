import { addressPolicy, detailOf, longestToAdd, openEndpoint, permitted } from '@rankforge/generators';
import { Holdings } from '../../platform/holdings.js';
import { invalid } from '../../platform/http/problem.js';
import type { GeneratorRoutine, GeneratorSources } from './kind.js';

/** Each holds a connection to an address that a user gave. */
const askedAtOnce = new Holdings(4, 'endpoints that are asked for their models');

export const endpoint: GeneratorRoutine<'endpoint'> = {
  async identify(request, sources) {
    const { settings, projectId, signal, log } = sources;
    const { url, model, api, keyFrom } = request;
    const giveBack = askedAtOnce.take(projectId);
    try {
      const { reach, anyPort } = permitted(url, await policyOf(sources));
      const key = keyFrom === undefined ? undefined : settings.generators.key(keyFrom, url);
      // A person waits for the answer.
      const patience = { attempts: 1, firstWaitMs: 0, longestWaitMs: 0 };
      const deadlineMs = Math.min(longestToAdd * 1000, settings.generators.deadlineMs);
      const asked = { url, model, api, key, reach, anyPort, patienceMs: 10_000, deadlineMs, patience, signal };
      const opened = await openEndpoint(asked);
      return { ...request, sha256: opened.identity().sha256 };
    } catch (error) {
      const came = detailOf(error);
      if (came !== undefined) log('an endpoint that was to be added listed no models', { url, projectId, came });
      throw invalid([{ path: '/url', message: (error as Error).message }]);
    } finally {
      giveBack();
    }
  },

  async requireAllowed({ url }, sources) {
    permitted(url, await policyOf(sources));
  },
};

const policyOf = async ({ settings, database }: GeneratorSources) =>
  addressPolicy(
    settings.generators.addresses,
    (await database.project.count({ take: 2 })) > 1 ? 'several projects' : 'one project',
  );
