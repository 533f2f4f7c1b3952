import type { GeneratorKind, TrialGenerator, TrialSpec } from '@rankforge/contracts';
import type { Generator } from '@rankforge/peft';
import type { Tools } from '../kinds/kind.js';
import type { Prepared } from '../session.js';

export interface Opened {
  generator: Generator;
  dispose?(): void | Promise<void>;
}

export interface GeneratorSetting {
  engine: TrialSpec['engine'];
  prepared: Prepared;
  tools: Pick<Tools, 'signal' | 'turn' | 'session' | 'store'>;
}

/**
 * Opens a kind of generator for one trial.
 * @throws Error where it is not what it was when the sweep was made, or cannot be reached
 */
export type GeneratorOpener<K extends GeneratorKind> = (
  generator: Extract<TrialGenerator, { kind: K }>,
  setting: GeneratorSetting,
) => Promise<Opened>;

export const changed = (name: string) =>
  new Error(`the generator ${name} was changed since it was added: remove it, add it again, and submit the sweep anew`);
