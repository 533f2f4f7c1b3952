import type { Batch, Split } from '../objectives/data.js';
import { checkIndices } from './indices.js';
import type { TextOptions } from './text.js';
import { encodedTogether, type PromptAndCompletion } from './together.js';

/** Tokens of an example, of which the first `prompt` are not learned. */
export interface PromptedTokens {
  tokens: Int32Array;
  prompt: number;
  /** 1 at each token that is learned, where those behind the prompt are not all. Absent: they are. */
  learned?: Uint8Array;
  /** Tokens of prompt and completion for which there is no room; of a conversation, those that are learned count as the completion. Absent: there are none. */
  cut?: { prompt: number; completion: number };
  /** Places that are kept free behind the completion, where a longer one may be written. Absent: none. */
  spare?: number;
}

/**
 * Prompts with completions as examples for instruction tuning: the loss counts on the tokens of the completion alone, which are those behind
 * the prompt in the text of both. The model's special tokens before a text (Llama's `<s>`) stand before the prompt, and the one that ends a
 * text behind the completion, where it has one: it is learned too. Where all are longer than `sequenceLength` together, the prompt loses its
 * beginning, down to one token, and then the completion its end. Padded with token 0 at the end.
 */
export function completions(examples: readonly PromptAndCompletion[], options: TextOptions): Split {
  const { frame = { before: [], after: [] }, sequenceLength } = options;
  const longest = sequenceLength + 1;
  return promptedSplit(examples, sequenceLength, (example) => {
    const { prompt, completion } = encodedTogether(example, options);
    return cut(frame.before, prompt, ended(completion, options), longest);
  });
}

/**
 * Examples that are encoded when they are first asked for, to at most `sequenceLength + 1` tokens.
 *
 * @throws RangeError from `batch`, naming an example whose prompt or completion has no token
 */
export function promptedSplit<E>(
  examples: readonly E[],
  sequenceLength: number,
  encoded: (example: E) => PromptedTokens,
): Split {
  const kept: PromptedTokens[] = [];
  const at = (index: number) => {
    kept[index] ??= requireBoth(encoded(examples[index]!), index);
    return kept[index];
  };
  return {
    size: examples.length,
    batch(indices): Batch {
      checkIndices(indices, examples.length);
      const inputs = new Int32Array(indices.length * sequenceLength);
      const targets = new Int32Array(indices.length * sequenceLength).fill(-1);
      const lengths = new Int32Array(indices.length);
      indices.forEach((index, row) => {
        const { tokens, prompt, learned } = at(index);
        const start = row * sequenceLength;
        inputs.set(tokens.subarray(0, -1), start);
        // The token after the last of the prompt is the first that counts.
        if (!learned) targets.set(tokens.subarray(prompt), start + prompt - 1);
        learned?.forEach((counts, place) => {
          if (counts) targets[start + place - 1] = tokens[place]!;
        });
        lengths[row] = tokens.length - 1;
      });
      return { size: indices.length, sequence: sequenceLength, inputs, targets, lengths };
    },
    lengths(index) {
      const { tokens, prompt, learned, cut = { prompt: 0, completion: 0 }, spare = 0 } = at(index);
      const counted = learned ? learned.reduce((sum, counts) => sum + counts, 0) : tokens.length - prompt;
      const left = cut.prompt + cut.completion;
      // The last token is only predicted.
      const whole = tokens.length - 1 + left + spare;
      return [{ whole, cut: left, learned: counted + cut.completion, unlearned: cut.completion }];
    },
  };
}

/** The first token that is learned is predicted from one before it, and a mean over none is no number. */
function requireBoth(example: PromptedTokens, index: number): PromptedTokens {
  const { tokens, prompt } = example;
  const without = prompt < 1 ? 'prompt' : tokens.length <= prompt ? 'completion' : undefined;
  if (without === undefined) return example;
  throw new RangeError(`Example ${index} has a ${without} without a token; give it at least one`);
}

/** A completion with the token that ends it, which its text may name already. One without a token stays so, and is refused. */
function ended(
  completion: readonly number[],
  { end, ends = [] }: Pick<TextOptions, 'end' | 'ends'>,
): readonly number[] {
  const last = completion.at(-1);
  if (end === undefined || last === undefined || last === end || ends.includes(last)) return completion;
  return [...completion, end];
}

function cut(
  start: readonly number[],
  prompt: readonly number[],
  completion: readonly number[],
  longest: number,
): PromptedTokens {
  const room = longest - start.length;
  const kept = Math.min(completion.length, room - 1);
  const before = Math.min(prompt.length, room - kept);
  const tokens = Int32Array.from([...start, ...prompt.slice(prompt.length - before), ...completion.slice(0, kept)]);
  const cut = { prompt: prompt.length - before, completion: completion.length - kept };
  return { tokens, prompt: start.length + before, cut };
}
