/** @file A generator that is a base model of ours, as it is or with an adapter, on our own engine. */
import { createHash } from 'node:crypto';
import {
  type BaseTokenizer,
  ContinuingModel,
  createRandom,
  type Generator,
  type LoadedBase,
  libraryVersion,
  type Method,
  type Turn,
} from '@rankforge/peft';
import canonicalize from 'canonicalize';

/** `plain`: a prompt is continued as it stands. `chatml`: it is a user's message, as models tuned on ChatML have it. */
export const promptTemplates = ['plain', 'chatml'] as const;
export type PromptTemplate = (typeof promptTemplates)[number];

const templates: Readonly<Record<PromptTemplate, (prompt: string) => string>> = {
  plain: (prompt) => prompt,
  chatml: (prompt) => `<|im_start|>user\n${prompt}<|im_end|>\n<|im_start|>assistant\n`,
};

export interface BaseGeneratorOptions {
  name: string;
  /** Digest of what it is made of: `baseIdentity` or `adapterIdentity`. */
  sha256: string;
  /** Engines differ in the last digits. */
  engine: string;
  template: PromptTemplate;
  model: LoadedBase;
  /** An adapter of that model, and the method that it was trained by. */
  trained?: { method: Method; adapter: Uint8Array };
  tokenizer: BaseTokenizer;
  turn?: Turn;
}

interface BaseFacts {
  /** Digest of the base's folder. */
  sha256: string;
  template: PromptTemplate;
}

/** The digest of a base as a generator, whatever engine it runs on. */
export const baseIdentity = ({ sha256, template }: BaseFacts): string => digestOf({ kind: 'base', sha256, template });

/**
 * The digest of a base with adapters as a generator, whatever engine it runs on.
 *
 * @param adapters digests of their files in the order in which they are put into the base, with the rank that one is served at
 */
export const adapterIdentity = ({
  sha256,
  template,
  adapters,
}: BaseFacts & { adapters: readonly { adapter: string; rank?: number | undefined }[] }): string =>
  digestOf({
    kind: 'adapter',
    sha256,
    template,
    adapters: adapters.map(({ adapter, rank }) => ({ adapter, ...(rank !== undefined && { rank }) })),
  });

const digestOf = (facts: object): string =>
  createHash('sha256')
    .update(canonicalize(facts) ?? '')
    .digest('hex');

/**
 * The base as a generator; the caller disposes it, and the base stays the caller's.
 * @throws Error where the base predicts no next token, or the adapter does not fit it
 */
export function baseGenerator(options: BaseGeneratorOptions): Generator & { dispose(): void } {
  const { name, engine, template, model, tokenizer, turn, trained } = options;
  const writer = new ContinuingModel(model, turn, trained);
  const sha256 = digestOf({ generator: options.sha256, engine, library: libraryVersion });
  const identity = { model: name, sha256, reproducible: true };
  const { before } = tokenizer.frame;

  const read = (prompt: string, most: number): number[] => {
    const tokens = [...before, ...tokenizer.encode(templates[template](prompt))];
    if (tokens.length === 0) throw new RangeError(`${name}: the prompt has no token: expected some text`);
    if (tokens.length + most > writer.contextLength) {
      throw new RangeError(
        `${name}: a prompt of ${tokens.length} tokens leaves no room for ${most} more: the model reads ${writer.contextLength} in all; shorten the prompt, or let passages have fewer words`,
      );
    }
    return tokens;
  };
  return {
    identity: () => identity,
    async generate(prompt, { maxTokens, temperature, seed, stop }) {
      const tokens = read(prompt, maxTokens);
      const started = performance.now();
      const firstStop = (text: string) =>
        stop
          .map((each) => text.indexOf(each))
          .reduce((first, at) => (at >= 0 && (first < 0 || at < first) ? at : first), -1);
      const { written, ended } = await writer.continue(tokens, {
        most: maxTokens,
        temperature,
        random: createRandom(seed).fork(`generate ${createHash('sha256').update(prompt).digest('hex')}`),
        end: tokenizer.end,
        enough: (written) => firstStop(tokenizer.decode(written)) >= 0,
      });
      const text = tokenizer.decode(written);
      const at = firstStop(text);
      return {
        text: at < 0 ? text : text.slice(0, at),
        ended: ended ? 'stop' : 'length',
        usage: { tokens: { read: tokens.length, written: written.length }, seconds: secondsSince(started) },
      };
    },
    async score(prompt, continuations) {
      const encoded = continuations.map((text) => tokenizer.encode(text));
      const empty = encoded.findIndex(({ length }) => length === 0);
      if (empty >= 0) throw new RangeError(`${name}: continuation ${empty} has no token: expected some text`);
      const tokens = read(prompt, Math.max(...encoded.map(({ length }) => length)) - 1);
      const started = performance.now();
      const logProbabilities = await writer.logProbabilities(tokens, encoded);
      return {
        logProbabilities,
        usage: { tokens: { read: tokens.length, written: 0 }, seconds: secondsSince(started) },
      };
    },
    dispose: () => writer.dispose(),
  };
}

const secondsSince = (started: number): number => (performance.now() - started) / 1000;
