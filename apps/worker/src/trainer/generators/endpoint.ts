import {
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
  const { allowPrivate } = permitted(url, own);
  const key = keyFrom === undefined ? undefined : own.key(keyFrom, url);
  const opened = await turn.away(() => openEndpoint({ url, model, api, key, allowPrivate, signal }));
  if (opened.identity().sha256 !== sha256) throw changed(name);
  return {
    generator: {
      identity: () => opened.identity(),
      generate: (prompt, options) => turn.away(() => opened.generate(prompt, options)),
      score: (prompt, continuations) => turn.away(() => opened.score(prompt, continuations)),
    },
  };
};
