/** @file A generator that is a base model of ours, as it is or with an adapter, on our own engine. */
import {
  type BaseTokenizer,
  ContinuingModel,
  type Generator,
  type LoadedBase,
  libraryVersion,
  type Method,
  type Turn,
} from '@rankforge/peft';
import {
  checkFits,
  cutAt,
  digestOf,
  drawsOf,
  encodeAll,
  firstStop,
  type Part,
  type PromptTemplate,
  partsOf,
  reading,
  readToScore,
  secondsSince,
  type TemplateFacts,
  templateDigest,
  withoutControls,
  wordsOf,
} from './writing.js';

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

interface BaseFacts extends TemplateFacts {
  /** Digest of the base's folder. */
  sha256: string;
}

/** The digest of a base as a generator, whatever engine it runs on. */
export const baseIdentity = ({ sha256, ...of }: BaseFacts): string =>
  digestOf({ kind: 'base', sha256, ...templateDigest(of), reading });

/**
 * The digest of a base with adapters as a generator, whatever engine it runs on.
 *
 * @param adapters digests of their files in the order in which they are put into the base, with the rank that one is served at
 */
export const adapterIdentity = ({
  sha256,
  adapters,
  ...of
}: BaseFacts & { adapters: readonly { adapter: string; rank?: number | undefined }[] }): string =>
  digestOf({
    kind: 'adapter',
    sha256,
    ...templateDigest(of),
    reading,
    adapters: adapters.map(({ adapter, rank }) => ({ adapter, ...(rank !== undefined && { rank }) })),
  });

/**
 * The base as a generator; the caller disposes it, and the base stays the caller's.
 * @throws Error where the base predicts no next token, or the adapter does not fit it
 */
export function baseGenerator(options: BaseGeneratorOptions): Generator & { dispose(): void } {
  const { name, engine, template, model, tokenizer, turn, trained } = options;
  const writer = new ContinuingModel(model, turn, trained);
  const ends = endsOf(tokenizer, template);
  // Earlier versions went on behind all ends but one.
  const several = ends.length > 1 && { ends };
  const sha256 = digestOf({ generator: options.sha256, engine, library: libraryVersion, ...several });
  const identity = { model: name, sha256, reproducible: true };
  // A chat template writes the token that begins a text itself.
  const before = typeof template === 'string' ? tokenizer.frame.before : [];

  const encode = (parts: readonly Part[]): number[] => [
    ...before,
    ...tokenizer.encode(wordsOf(withoutControls(parts, tokenizer.controls))),
  ];
  const fits = (tokens: readonly number[], most: number): void =>
    checkFits(name, tokens, { most, contextLength: writer.contextLength });
  return {
    identity: () => identity,
    async generate(prompt, { maxTokens, temperature, seed, stop }) {
      const tokens = encode(partsOf(template, prompt));
      fits(tokens, maxTokens);
      const started = performance.now();
      const { written, ended } = await writer.continue(tokens, {
        most: maxTokens,
        temperature,
        random: drawsOf(prompt, seed),
        ends,
        enough: (written) => firstStop(tokenizer.decode(written), stop) >= 0,
      });
      return {
        text: cutAt(tokenizer.decode(written), stop),
        ended: ended ? 'stop' : 'length',
        usage: { tokens: { read: tokens.length, written: written.length }, seconds: secondsSince(started) },
      };
    },
    async score(prompt, continuations) {
      const { shared: tokens, behind } = encodeAll(name, { template, prompt, continuations }, encode);
      fits(tokens, readToScore(behind));
      const started = performance.now();
      const logProbabilities = await writer.logProbabilities(tokens, behind);
      return {
        logProbabilities,
        usage: { tokens: { read: tokens.length, written: 0 }, seconds: secondsSince(started) },
      };
    },
    dispose: () => writer.dispose(),
  };
}

/** The tokens that end an answer: those of the model, and the one by which its chat template ends a turn. */
function endsOf({ end, ends = end === undefined ? [] : [end], encode }: BaseTokenizer, template: PromptTemplate) {
  const turn = typeof template === 'string' || template.end === undefined ? [] : encode(template.end);
  return turn.length === 1 ? [...turn, ...ends.filter((id) => id !== turn[0])] : ends;
}
