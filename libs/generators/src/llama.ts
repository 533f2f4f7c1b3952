/**
 * @file llama.cpp by the npm package node-llama-cpp (MIT), which an installation adds for itself: it is 85 MB, and brings compiled code.
 * Only what is used here is described; the release is pinned where it is added.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A token of the vocabulary of a file. */
export type LlamaToken = number;

/** Numbers after a token. `totalLogitWeight` is the sum of exp(logit − the largest logit) over the vocabulary. */
interface Next {
  next: { logits: Map<LlamaToken, number>; totalLogitWeight: number };
}

/** Numbers that are asked for after a token: logits of some tokens, and the largest. Release 3.22.1 does not heed `includeMax`. */
export type Wanted = [
  LlamaToken,
  { generateNext: { logits: { filter: { tokens: readonly LlamaToken[]; includeTop: 1 } }; totalLogitWeight: true } },
];

export interface LlamaSequence {
  clearHistory(): Promise<void>;
  /** Undefined for tokens after which nothing is asked for. */
  controlledEvaluate(input: readonly (LlamaToken | Wanted)[]): Promise<(Next | undefined)[]>;
  /** Tokens one by one, until the model ends. */
  evaluate(
    tokens: readonly LlamaToken[],
    options: { temperature: number; seed: number; topK: number; topP: number; minP: number },
  ): AsyncIterable<LlamaToken>;
}

export interface LlamaModel {
  readonly trainContextSize: number;
  readonly tokens: { bos: LlamaToken | null; shouldPrependBosToken: boolean };
  tokenize(text: string, specialTokens: boolean): LlamaToken[];
  detokenize(tokens: readonly LlamaToken[]): string;
  createContext(options: { contextSize: number; sequences: number; threads: number }): Promise<{
    getSequence(): LlamaSequence;
  }>;
}

export interface Llama {
  /** The release of llama.cpp itself. */
  readonly llamaCppRelease: { repo: string; release: string };
  loadModel(options: { modelPath: string; gpuLayers: number }): Promise<LlamaModel>;
  dispose(): Promise<void>;
}

interface Package {
  getLlama(options: object): Promise<Llama>;
}

export interface StartedLlama {
  llama: Llama;
  /** The package and its version: other ones may answer otherwise. */
  release: string;
}

/**
 * Starts llama.cpp on the processor. Nothing is compiled or fetched.
 *
 * @param enginesFolder where `rankforge engine add llama` put it
 * @throws Error where it is not there, or does not start on this machine
 */
export async function startLlama(
  enginesFolder: string | undefined,
  { threads = 1 }: { threads?: number } = {},
): Promise<StartedLlama> {
  const folder = join(enginesFolder ?? 'engines', 'llama', 'node_modules', 'node-llama-cpp');
  // No cause is kept: a worker waits for storage to come back where one says that a file is missing.
  const manifest = await readFile(join(folder, 'package.json'), 'utf8').catch(() => {
    throw new Error(
      `llama.cpp is not on this machine (looked in ${folder}): add it with \`rankforge engine add llama\`, where workers run`,
    );
  });
  try {
    const { name, version } = JSON.parse(manifest) as { name: string; version: string };
    const llama = await withReadableCi(async () => {
      const { getLlama } = (await import(pathToFileURL(join(folder, 'dist', 'index.js')).href)) as Package;
      return getLlama({
        ...{ gpu: false, build: 'never', skipDownload: true, progressLogs: false, logLevel: 'error' },
        maxThreads: threads,
      });
    });
    return { llama, release: `${name} ${version}` };
  } catch (cause) {
    throw new Error(
      `llama.cpp in ${folder} does not start: ${(cause as Error).message}; add it again with \`rankforge engine add llama\``,
      { cause },
    );
  }
}

let starting: Promise<unknown> = Promise.resolve();

/**
 * Runs what loads the package, and starts its processes, without a `CI` of the environment: it fails beside one that is empty, or a word.
 * One start waits for the other, so that each puts back what was there.
 */
function withReadableCi<T>(run: () => Promise<T>): Promise<T> {
  const alone = async () => {
    const { CI } = process.env;
    delete process.env.CI;
    try {
      return await run();
    } finally {
      if (CI !== undefined) process.env.CI = CI;
    }
  };
  const started = starting.then(alone);
  starting = started.catch(() => {});
  return started;
}
