/** @file A generator that is a GGUF file, run by llama.cpp. */
import type { Generator, Turn } from '@rankforge/peft';
import { type LlamaSequence, type LlamaToken, startLlama, type Wanted } from './llama.js';
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
  wordsOf,
} from './writing.js';

interface GgufFacts extends TemplateFacts {
  /** Digest of the file. */
  fileSha256: string;
}

/** The digest of a GGUF file as a generator. The context is none of its facts: a prompt that does not fit is refused, and never cut. */
export const ggufIdentity = ({ fileSha256, ...of }: GgufFacts): string =>
  digestOf({ kind: 'gguf', sha256: fileSha256, ...templateDigest(of), reading });

export interface GgufOptions {
  name: string;
  /** Digest of what it is made of: `ggufIdentity`. */
  sha256: string;
  template: PromptTemplate;
  /** Most tokens that are read and written in all. */
  context: number;
  /** Path of the file. */
  file: string;
  /** Folder of engines that were added to the installation. */
  enginesFolder: string | undefined;
  /** Default: 1. Another number may change the last digits. */
  threads?: number;
  turn?: Turn;
}

/**
 * Opens a GGUF file as a generator; the caller disposes it. Every call begins with an empty context, so that an answer
 * does not depend on what was asked before.
 *
 * @throws Error where llama.cpp is not there, or cannot read the file
 */
export async function openGguf(options: GgufOptions): Promise<Generator & { dispose(): Promise<void> }> {
  const { name, file, template, turn, threads = 1 } = options;
  const { llama, release } = await startLlama(options.enginesFolder, { threads });
  const opened = async () => {
    const model = await llama.loadModel({ modelPath: file, gpuLayers: 0 });
    const contextLength = Math.min(options.context, model.trainContextSize);
    const context = await model.createContext({ contextSize: contextLength, sequences: 1, threads });
    return { model, contextLength, sequence: context.getSequence() };
  };
  const { model, contextLength, sequence } = await opened().catch(async (cause: Error) => {
    await llama.dispose();
    throw new Error(`${name}: llama.cpp cannot open ${file}: ${cause.message}`, { cause });
  });
  const { bos, shouldPrependBosToken } = model.tokens;
  const own = typeof template === 'string' ? undefined : template;
  // A chat template writes the token that begins a text itself.
  const before = shouldPrependBosToken && bos !== null && !own ? [bos] : [];
  const turnEnd = own?.end === undefined ? [] : model.tokenize(own.end, true);
  const sha256 = digestOf({ generator: options.sha256, runtime: release });
  const identity = { model: name, sha256, reproducible: true };

  // llama.cpp takes the text between two control tokens as a text of its own, too.
  const encode = (parts: readonly Part[]): LlamaToken[] => [
    ...before,
    ...parts.flatMap((part) =>
      'text' in part ? model.tokenize(part.text, false) : model.tokenize(wordsOf([part]), true),
    ),
  ];
  const fits = (tokens: readonly LlamaToken[], most: number): void => checkFits(name, tokens, { most, contextLength });
  const begin = async () => {
    await turn?.pass();
    await sequence.clearHistory();
  };
  return {
    identity: () => identity,
    async generate(prompt, { maxTokens, temperature, seed, stop }) {
      const tokens = encode(partsOf(template, prompt));
      fits(tokens, maxTokens);
      const started = performance.now();
      await begin();
      const draws = { temperature, seed: drawsOf(prompt, seed).integer(2 ** 32), topK: 0, topP: 1, minP: 0 };
      const written: LlamaToken[] = [];
      let ended: 'stop' | 'length' = 'stop';
      for await (const token of sequence.evaluate(tokens, draws)) {
        // llama.cpp ends by itself at the tokens that the file says end a text.
        if (turnEnd.length === 1 && token === turnEnd[0]) break;
        written.push(token);
        if (firstStop(model.detokenize(written), stop) >= 0) break;
        if (written.length === maxTokens) {
          ended = 'length';
          break;
        }
      }
      return {
        text: cutAt(model.detokenize(written), stop),
        ended,
        usage: { tokens: { read: tokens.length, written: written.length }, seconds: secondsSince(started) },
      };
    },
    async score(prompt, continuations) {
      const { shared: tokens, behind } = encodeAll(name, { template, prompt, continuations }, encode);
      fits(tokens, readToScore(behind));
      const started = performance.now();
      const logProbabilities = await scoresAfter(tokens, behind, sequence, begin);
      return {
        logProbabilities,
        usage: { tokens: { read: tokens.length, written: 0 }, seconds: secondsSince(started) },
      };
    },
    dispose: () => llama.dispose(),
  };
}

/** The sum of log-probabilities of each continuation. Continuations that differ in their last token alone are one pass. */
async function scoresAfter(
  prompt: readonly LlamaToken[],
  continuations: readonly (readonly LlamaToken[])[],
  sequence: LlamaSequence,
  begin: () => Promise<void>,
): Promise<number[]> {
  const keyOf = (continuation: readonly LlamaToken[]) => continuation.slice(0, -1).join();
  const sums = new Map<readonly LlamaToken[], number>();
  for (const key of new Set(continuations.map(keyOf))) {
    const group = continuations.filter((continuation) => keyOf(continuation) === key);
    await begin();
    const before = group[0]!.slice(0, -1);
    const lasts = group.map((continuation) => continuation.at(-1)!);
    const input = [...prompt, ...before].map((token, at): LlamaToken | Wanted => {
      const place = at - (prompt.length - 1);
      if (place < 0) return token;
      const tokens = place < before.length ? [before[place]!] : lasts;
      return [token, { generateNext: { logits: { filter: { tokens, includeTop: 1 } }, totalLogitWeight: true } }];
    });
    const after = (await sequence.controlledEvaluate(input)).slice(prompt.length - 1);
    const logOf = (token: LlamaToken, place: number): number => {
      const { logits, totalLogitWeight } = after[place]!.next;
      return logits.get(token)! - Math.max(...logits.values()) - Math.log(totalLogitWeight);
    };
    for (const continuation of group) {
      sums.set(
        continuation,
        continuation.reduce((sum, token, place) => sum + logOf(token, place), 0),
      );
    }
  }
  return continuations.map((continuation) => sums.get(continuation)!);
}
