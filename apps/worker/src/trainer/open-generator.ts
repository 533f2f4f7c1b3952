/** @file Opens the generator of a trial behind its cassette, with its calls counted. */
import { dirname, join } from 'node:path';
import type { TrialGenerator, TrialSpec } from '@rankforge/contracts';
import {
  baseGenerator,
  baseIdentity,
  Cassette,
  type GeneratorSettings,
  generatorVariables,
  Meter,
  openEndpoint,
  permitted,
  readGeneratorSettings,
  withCassette,
} from '@rankforge/generators';
import type { Generator, Turn } from '@rankforge/peft';
import { z } from 'zod';
import type { Tools } from './kinds/kind.js';
import type { Prepared } from './session.js';

/** Read at the first trial that asks: an environment of no generator is no reason to refuse others. */
const settings = (): GeneratorSettings =>
  readGeneratorSettings(z.object(generatorVariables).parse(process.env), process.env);

/** Cassettes lie beside the artifacts. */
export const cassetteFolder = (artifactDir: string): string => join(dirname(artifactDir), 'cassettes');

export interface OpenGenerator {
  generator: Generator | undefined;
  meter: Meter;
  close(): Promise<void>;
}

/**
 * @param most calls that the trial may make
 * @throws Error where the generator is not what it was when the sweep was made, or cannot be reached
 */
export async function openGenerator(
  { generator: of, engine }: Pick<TrialSpec, 'generator' | 'engine'>,
  prepared: Prepared,
  { signal, turn, artifactDir }: Pick<Tools, 'signal' | 'turn' | 'artifactDir'>,
  most: number,
): Promise<OpenGenerator> {
  const meter = new Meter(most);
  if (of === undefined) return { generator: undefined, meter, close: async () => undefined };
  const opened = of.kind === 'base' ? await ofBase(of, engine, prepared, turn) : await ofEndpoint(of, signal, turn);
  const cassette = await Cassette.open(cassetteFolder(artifactDir), opened.generator.identity());
  return {
    generator: meter.around(withCassette(opened.generator, cassette, meter.replayed)),
    meter,
    async close() {
      opened.dispose?.();
      await cassette.close();
    },
  };
}

type Opened = { generator: Generator; dispose?(): void };

async function ofBase(
  { name, template, sha256 }: Extract<TrialGenerator, { kind: 'base' }>,
  engine: string,
  { model, tokenizer, baseSha256 }: Prepared,
  turn: Turn,
): Promise<Opened> {
  const own = await baseSha256();
  if (baseIdentity({ sha256: own, template }) !== sha256) throw changed(name);
  const generator = baseGenerator({ name, sha256: own, engine, template, model, tokenizer, turn });
  return { generator, dispose: () => generator.dispose() };
}

async function ofEndpoint(
  { name, url, model, api, keyFrom, sha256 }: Extract<TrialGenerator, { kind: 'endpoint' }>,
  signal: AbortSignal,
  turn: Turn,
): Promise<Opened> {
  const own = settings();
  const { allowPrivate } = permitted(url, own);
  const key = keyFrom === undefined ? undefined : own.key(keyFrom);
  const endpoint = await turn.away(() => openEndpoint({ url, model, api, key, allowPrivate, signal }));
  if (endpoint.identity().sha256 !== sha256) throw changed(name);
  return {
    generator: {
      identity: () => endpoint.identity(),
      generate: (prompt, options) => turn.away(() => endpoint.generate(prompt, options)),
      score: (prompt, continuations) => turn.away(() => endpoint.score(prompt, continuations)),
    },
  };
}

const changed = (name: string) =>
  new Error(`the generator ${name} was changed since it was added: remove it, add it again, and submit the sweep anew`);
