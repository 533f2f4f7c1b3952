import { encodesTexts, type Method, modelInput, textEncoder } from '@rankforge/peft';
import type { Tools } from './kinds/kind.js';
import type { Prepared } from './session.js';

/** Tokens that a word becomes, in the bound of a text that is encoded: a longer one is cut. */
const tokensOfWord = 2;

/** Opens the base of a trial for a configuration that compares embeddings; undefined for others. The caller disposes it. */
export function openEncoder(
  { method, config }: { method: Method; config: unknown },
  { model, tokenizer }: Pick<Prepared, 'model' | 'tokenizer'>,
  { turn }: Pick<Tools, 'turn'>,
): ReturnType<typeof textEncoder> | undefined {
  const settings = method.config.parse(config);
  if (!encodesTexts(method, settings)) return undefined;
  const input = modelInput(model.config);
  const most = input.kind === 'tokens' ? input.contextLength : 0;
  const sequenceLength = Math.min(tokensOfWord * method.answerer!.encodes!(settings), most);
  return textEncoder(model, { ...tokenizer, sequenceLength }, turn);
}
