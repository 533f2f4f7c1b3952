/** @file How a worker opens each kind of generator, one line each. */
import type { GeneratorKind, TrialGenerator } from '@rankforge/contracts';
import { adapter } from './adapter.js';
import { base } from './base.js';
import { endpoint } from './endpoint.js';
import { gguf } from './gguf.js';
import type { GeneratorOpener, GeneratorSetting, Opened } from './kind.js';

const openers: { readonly [K in GeneratorKind]: GeneratorOpener<K> } = { base, endpoint, adapter, gguf };

export const open = (generator: TrialGenerator, setting: GeneratorSetting): Promise<Opened> =>
  (openers[generator.kind] as GeneratorOpener<GeneratorKind>)(generator, setting);
