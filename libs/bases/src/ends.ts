/** @file The tokens by which texts of a base model end. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endsOfText, type ModelConfig, modelInput } from '@rankforge/peft';

/** The tokens that `config.json` names, in its order; none where it names none of the model's. */
export function endsOfConfig(configJson: unknown, config: ModelConfig): number[] {
  const input = modelInput(config);
  return input.kind === 'tokens' ? endsOfText(configJson, input) : [];
}

/**
 * The tokens that all files of a folder name, the one first by which its tokenizer ends a turn: `eos_token` of `tokenizer_config.json`, where
 * `config.json` or `generation_config.json` has it among the ends. Undefined where this says no more than `config.json`.
 */
export async function endsBeside(
  folder: string,
  { configJson, config, tokenizerJson }: { configJson: unknown; config: ModelConfig; tokenizerJson: unknown },
): Promise<number[] | undefined> {
  const own = endsOfConfig(configJson, config);
  const [generation, tokenizer] = await Promise.all(
    ['generation_config.json', 'tokenizer_config.json'].map((name) => jsonOf(join(folder, name))),
  );
  const all = [...new Set([...own, ...endsOfConfig(generation, config)])];
  const turn = tokenId((tokenizer as { eos_token?: unknown } | undefined)?.eos_token, tokenizerJson);
  const ends = turn !== undefined && all.includes(turn) ? [turn, ...all.filter((id) => id !== turn)] : all;
  return ends.join() === own.join() ? undefined : ends;
}

interface TokenizerJson {
  added_tokens?: { id: number; content: string }[];
  model?: { vocab?: Record<string, number> };
}

/** @param named a token, or an object whose `content` is one, as transformers writes both */
function tokenId(named: unknown, tokenizerJson: unknown): number | undefined {
  const content = typeof named === 'object' ? (named as { content?: unknown } | null)?.content : named;
  if (typeof content !== 'string') return undefined;
  const { added_tokens: added = [], model } = (tokenizerJson ?? {}) as TokenizerJson;
  return added.find((token) => token.content === content)?.id ?? model?.vocab?.[content];
}

/** Content of a file that other programs read, which may be missing, or no JSON. */
async function jsonOf(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
}
