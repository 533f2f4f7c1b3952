/** @file Questions whose answers the model writes. */
import type { Split, Writing } from '../objectives/data.js';
import { promptedSplit } from './completions.js';
import type { Text, TextOptions } from './text.js';
import { encodedPrompt, encodedTogether } from './together.js';

export interface PromptAndAnswers {
  prompt: Text;
  /** All are right, and the first is learned. */
  answers: readonly string[];
}

/**
 * How answers are written and where they end: at the base's end-of-text token, or at the end of the line where it has none.
 *
 * @param tokens most tokens of an answer, its end included
 * @throws RangeError when `sequenceLength` leaves no room for a prompt; Error when the tokenizer has no token that ends a line
 */
export function writingOf(options: TextOptions, tokens: number): Writing {
  const { sequenceLength, encode, decode, end, ends } = options;
  if (promptRoom(options, tokens) < 1) {
    throw new RangeError(
      `sequenceLength ${sequenceLength} leaves no room for a prompt beside answers of ${tokens} tokens; raise it`,
    );
  }
  if (decode === undefined) throw new Error('answers are written, and the tokenizer cannot say what tokens mean');
  return { tokens, end: end ?? endOfLine(encode), ...(ends && { ends }), decode };
}

/**
 * Prompts with answers as examples. As `completions`, but the prompt leaves room for an answer of the most tokens, whatever the
 * length of its own, so that training and evaluation read the same; and the end of an answer is learned too.
 */
export function questions(
  examples: readonly PromptAndAnswers[],
  options: TextOptions,
  { tokens, end }: Writing,
): Split {
  const { frame = { before: [], after: [] }, sequenceLength } = options;
  const room = promptRoom(options, tokens);
  const read = (prompt: readonly number[]) => {
    const cut = Math.max(0, prompt.length - room);
    return { prompt: [...frame.before, ...prompt.slice(cut)], cut };
  };
  const split = promptedSplit(examples, sequenceLength, (example) => {
    const both = encodedTogether({ prompt: example.prompt, completion: learned(example) }, options);
    const { prompt, cut } = read(both.prompt);
    const answer = [...both.completion, end].slice(0, tokens);
    return {
      tokens: Int32Array.from([...prompt, ...answer]),
      prompt: prompt.length,
      cut: { prompt: cut, completion: 0 },
      spare: tokens - answer.length,
    };
  });
  return {
    ...split,
    questions: {
      prompt: (index) => Int32Array.from(read(encodedPrompt(examples[index]!.prompt, options)).prompt),
      right: (index) => examples[index]!.answers,
      text(index) {
        const { prompt } = examples[index]!;
        return typeof prompt === 'string' ? prompt : undefined;
      },
    },
  };
}

/** Tokens of a prompt besides the model's special ones. */
const promptRoom = ({ sequenceLength, frame }: TextOptions, tokens: number): number =>
  sequenceLength + 1 - tokens - (frame?.before.length ?? 0);

/**
 * The first answer, in one line: scores do not read white space, and an answer may end with its line. Where white space ends the prompt, none
 * begins the answer.
 */
function learned({ prompt, answers: [first] }: PromptAndAnswers): string {
  const inOneLine = first!.replace(/\s+/g, ' ').trimEnd();
  return typeof prompt === 'string' && !/\s$/.test(prompt) ? inOneLine : inOneLine.trimStart();
}

function endOfLine(encode: TextOptions['encode']): number {
  const [line, word] = [encode('a\n'), encode('a')];
  if (line.length <= word.length)
    throw new Error('the base has no end-of-text token, and its tokenizer none that ends a line');
  return line[line.length - 1]!;
}
