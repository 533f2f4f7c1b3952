/** @file A language model that writes, as procedures ask it: a base of ours, or an endpoint. What it is made of is elsewhere. */

export interface GenerateOptions {
  /** Most tokens that are written. */
  maxTokens: number;
  /** 0 takes the likeliest token each time. */
  temperature: number;
  seed: number;
  /** The text ends before the first of these. */
  stop: readonly string[];
}

/** The cost of a call. */
export interface CallUsage {
  /** Null where an endpoint does not say. */
  tokens: { read: number; written: number } | null;
  seconds: number;
}

export interface Generated {
  text: string;
  /** `length`: the most tokens were written, and it would have gone on. */
  ended: 'stop' | 'length';
  usage: CallUsage;
}

export interface Scored {
  /** The sum of log-probabilities of the tokens of each continuation, after the prompt. */
  logProbabilities: number[];
  usage: CallUsage;
}

/** A generator's name for what decides its answers. */
export interface GeneratorIdentity {
  /** The model, as people and its endpoint call it. */
  model: string;
  /** The digest of all that is known of it. Equal digests are taken for the same generator. */
  sha256: string;
  /** The digest is of the weights themselves; otherwise of what an endpoint says of itself. */
  reproducible: boolean;
}

export interface Generator {
  /** @throws Error where no whole answer is had: part of one is never returned */
  generate(prompt: string, options: GenerateOptions): Promise<Generated>;
  /** @returns null where it gives no probabilities */
  score(prompt: string, continuations: readonly string[]): Promise<Scored | null>;
  identity(): GeneratorIdentity;
}
