/** @file Opens the generator of a trial behind its cassette, with its calls counted. */
import { dirname, join } from 'node:path';
import { ownFolders, type TrialSpec } from '@rankforge/contracts';
import { Cassette, Meter, withCassette } from '@rankforge/generators';
import type { Generator } from '@rankforge/peft';
import { open } from './generators/registry.js';
import type { Tools } from './kinds/kind.js';
import type { Prepared } from './session.js';

/** Cassettes lie beside the artifacts. */
export const cassetteFolder = (artifactDir: string): string => join(dirname(artifactDir), ownFolders.cassettes);

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
  tools: Pick<Tools, 'signal' | 'turn' | 'session' | 'store' | 'artifactDir'>,
  most: number,
): Promise<OpenGenerator> {
  const meter = new Meter(most);
  if (of === undefined) return { generator: undefined, meter, close: async () => undefined };
  const opened = await open(of, { engine, prepared, tools });
  const cassette = await Cassette.open(cassetteFolder(tools.artifactDir), opened.generator.identity()).catch(
    async (error: unknown) => {
      await opened.dispose?.();
      throw error;
    },
  );
  return {
    generator: meter.around(withCassette(opened.generator, cassette, meter.replayed)),
    meter,
    async close() {
      await opened.dispose?.();
      await cassette.close();
    },
  };
}
