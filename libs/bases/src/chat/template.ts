/** @file A chat template in Jinja, as transformers reads it, within bounds. */
import { Environment, Interpreter, parse, tokenize } from '@huggingface/jinja';
import type { ChatMessage } from '@rankforge/peft';
import { ChatError } from './chat-error.js';
import { dayAs } from './date.js';
import { limitMs, rangeNumbers, templateCharacters, textCharacters, within } from './limited.js';

/** Special tokens that templates may name, as transformers tells them. */
export const specialTokens = [
  'bos_token',
  'eos_token',
  'unk_token',
  'sep_token',
  'pad_token',
  'cls_token',
  'mask_token',
] as const;
export type SpecialTokens = Partial<Record<(typeof specialTokens)[number], string>>;

/** Marks of what the assistant generates, which are no part of a text. */
interface Marks {
  begin: string;
  end: string;
}

/** The text that a template made of messages, and the parts that its marks of generation enclose. */
export interface Rendered {
  text: string;
  generated: [start: number, end: number][];
}

/** Marks of transformers around what the assistant generates, in templates that are made for training. */
const generation = /\{%(-?)\s*(end)?generation\s*(-?)%\}/g;

export interface TemplateOptions {
  tokens?: SpecialTokens;
  /** Time for each text. */
  milliseconds?: number;
}

/** A template that was read. */
export class ChatTemplate {
  /** Whether the template marks what the assistant generates. */
  readonly marks: boolean;
  /** Letters that no message may have: the marks, where there are any. */
  readonly reserved: readonly string[];
  private readonly program: ReturnType<typeof parse>;
  private readonly marked: Marks;
  private readonly tokens: SpecialTokens;
  private readonly milliseconds: number;

  /** @throws ChatError saying why the template cannot be read */
  constructor(
    readonly text: string,
    { tokens = {}, milliseconds = limitMs }: TemplateOptions = {},
  ) {
    if (text.length > templateCharacters)
      throw new ChatError(`the chat template has ${text.length} characters; at most ${templateCharacters} are read`);
    this.tokens = tokens;
    this.milliseconds = milliseconds;
    this.marks = text.search(generation) >= 0;
    this.marked = unusedMarks(text);
    this.reserved = this.marks ? [this.marked.begin, this.marked.end] : [];
    this.program = this.inTime('cannot be read', () =>
      parse(tokenize(withMarks(text, this.marked), { lstrip_blocks: true, trim_blocks: true })),
    );
  }

  /**
   * Lays out messages, as `apply_chat_template` of transformers does without tools and documents.
   *
   * @param prompt whether an answer shall follow
   * @throws ChatError with what the template itself says against the messages, or where it goes beyond its bounds
   */
  render(messages: readonly ChatMessage[], prompt: boolean): Rendered {
    if (messages.some(({ content }) => this.reserved.some((letter) => content.includes(letter))))
      throw new ChatError('a message has a letter of private use that marks turns here: take it out of the data');
    const whole = this.inTime('refuses a conversation', () => this.run(messages, prompt));
    if (whole.length > textCharacters)
      throw new ChatError(
        `the chat template makes a text of ${whole.length} characters; at most ${textCharacters} are read`,
      );
    return this.marks ? withoutMarks(whole, this.marked) : { text: whole, generated: [] };
  }

  /**
   * Does work that lays out several texts under one watch, which has the time of all of them.
   *
   * @throws ChatError where it takes longer; what `work` throws
   */
  together<T>(texts: number, work: () => T): T {
    try {
      return within(texts * this.milliseconds, work);
    } catch (cause) {
      if (cause instanceof ChatError) throw cause;
      throw refusedBy('refuses a conversation', cause);
    }
  }

  private run(messages: readonly ChatMessage[], prompt: boolean): string {
    const environment = new Environment();
    const known = {
      ...{ true: true, True: true, false: false, False: false, none: null, None: null },
      ...{ raise_exception, range, strftime_now: dayAs, tools: null, documents: null },
      ...this.tokens,
      ...{ messages: messages.map(({ role, content }) => ({ role, content })), add_generation_prompt: prompt },
    };
    for (const [name, value] of Object.entries(known)) environment.set(name, value);
    return (new Interpreter(environment).run(this.program) as { value: string }).value;
  }

  private inTime<T>(problem: string, work: () => T): T {
    try {
      return within(this.milliseconds, work);
    } catch (cause) {
      throw refusedBy(problem, cause);
    }
  }
}

const refusedBy = (problem: string, cause: unknown) =>
  new ChatError(`the chat template ${problem}: ${reasonOf(cause as Error)}`, { cause });

/** The reader and the interpreter of templates call themselves for what stands within something else. */
const reasonOf = ({ name, message }: Error): string =>
  name === 'RangeError' && message.includes('call stack')
    ? 'blocks, brackets or signs stand deeper within each other than is read (some hundreds): write it flatter'
    : message;

function raise_exception(message: unknown): never {
  throw new ChatError(String(message));
}

/** Numbers from `start` to before `stop`, as in Python. */
function range(start: number, stop?: number, step = 1): number[] {
  const [first, last] = stop === undefined ? [0, start] : [start, stop];
  const count = Math.max(0, Math.ceil((last - first) / step));
  if (!(count <= rangeNumbers)) throw new ChatError(`range() of ${count} numbers; at most ${rangeNumbers} are made`);
  return Array.from({ length: count }, (_, at) => first + at * step);
}

/** Two letters of private use that the template does not have. */
function unusedMarks(text: string): Marks {
  const unused: string[] = [];
  for (let code = 0xf8ff; unused.length < 2 && code >= 0xe000; code--) {
    const letter = String.fromCharCode(code);
    if (!text.includes(letter)) unused.push(letter);
  }
  const [begin, end] = unused;
  if (end === undefined) throw new ChatError('the chat template has all letters of private use, which mark turns here');
  return { begin: begin!, end };
}

/** The template with marks that it writes, in place of tags that write nothing. White space around each is as around the tag. */
const withMarks = (text: string, { begin, end }: Marks): string =>
  text.replace(
    generation,
    (_, before: string, ends: string | undefined, after: string) =>
      `{%${before} if true %}{{ '${ends ? end : begin}' }}{% endif ${after}%}`,
  );

function withoutMarks(whole: string, { begin, end }: Marks): Rendered {
  const generated: Rendered['generated'] = [];
  let text = '';
  let start: number | undefined;
  for (const part of whole.split(new RegExp(`([${begin}${end}])`))) {
    if (part === begin) start = text.length;
    else if (part === end && start !== undefined) generated.push([start, text.length]);
    else text += part;
  }
  return { text, generated };
}
