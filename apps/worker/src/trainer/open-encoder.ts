import { type Evaluator, encodedWords } from '@rankforge/evaluators';
import { modelInput, textEncoder, tokensOfWord } from '@rankforge/peft';
import type { Tools } from './kinds/kind.js';
import type { Prepared } from './session.js';

/** Opens the base of a trial for a configuration that compares embeddings; undefined for others. The caller disposes it. */
export function openEncoder(
  { evaluator, config }: { evaluator: Evaluator; config: unknown },
  { model, tokenizer }: Pick<Prepared, 'model' | 'tokenizer'>,
  { turn }: Pick<Tools, 'turn'>,
): ReturnType<typeof textEncoder> | undefined {
  const words = encodedWords(evaluator, evaluator.config.parse(config));
  if (words === 0) return undefined;
  const input = modelInput(model.config);
  const most = input.kind === 'tokens' ? input.contextLength : 0;
  const sequenceLength = Math.min(tokensOfWord * words, most);
  return textEncoder(model, { ...tokenizer, sequenceLength }, turn);
}
