/** @file What every kind of generator says of itself, and what several kinds share. */
import { z } from 'zod';

/** A kind of generator: what is asked of who adds one, and how lists show it. What API and workers do for it are files of their own. */
export interface GeneratorKindRecord<N extends string = string, G = never> {
  name: N;
  /** On a button. */
  label: string;
  /** Its digest is of weights. Otherwise it is of what somebody says of them: it may answer otherwise tomorrow. */
  reproducible: boolean;
  /** The model, for lists. */
  model(generator: G): string;
  /** Where it runs, for lists. */
  place(generator: G): string;
}

/** A model of this installation reads prompts by one of these. */
export const Template = z.enum(['plain', 'chatml']).default('plain').meta({
  description: '`plain`: prompts are continued as they stand. `chatml`: they are messages of a user.',
});

export const ofInstallation = 'this installation';
