import {
  addressPolicy,
  type GeneratorSettings,
  generatorVariables,
  openEndpoint,
  permitted,
  readGeneratorSettings,
} from '@rankforge/generators';
import { z } from 'zod';
import { changed, type GeneratorOpener } from './kind.js';

/** The worker that made this process has checked these variables at its start. */
const settings = (): GeneratorSettings =>
  readGeneratorSettings(z.object(generatorVariables).parse(process.env), process.env);

/** An address, which is asked while others have the engine. */
export const endpoint: GeneratorOpener<'endpoint'> = async (
  { name, url, model, api, keyFrom, sha256 },
  { tools: { signal, turn } },
) => {
  const own = settings();
  // The API holds generators to the number of projects, when they are added and when a sweep names them.
  const { reach, anyPort } = permitted(url, addressPolicy(own.addresses, 'one project'));
  const key = keyFrom === undefined ? undefined : own.key(keyFrom, url);
  const opened = await turn.away(() =>
    openEndpoint({ url, model, api, key, reach, anyPort, deadlineMs: own.deadlineMs, signal }),
  );
  if (opened.identity().sha256 !== sha256) throw changed(name);
  return {
    generator: {
      identity: () => opened.identity(),
      generate: (prompt, options) => turn.away(() => opened.generate(prompt, options)),
      score: (prompt, continuations) => turn.away(() => opened.score(prompt, continuations)),
    },
  };
};
