/** @file Conversations, and how a base model lays them out. */

/** A turn of a conversation. */
export interface ChatMessage {
  role: string;
  content: string;
}

/** Messages, of which turns of the assistant are learned. */
export interface Conversation {
  messages: readonly ChatMessage[];
  /** The first so many are the prompt, of which nothing is learned. */
  prompt: number;
  /** Where it stands in its source, for messages. */
  where?: string;
}

/** Where a text begins and ends in another, counted in UTF-16 units. */
export type Span = readonly [start: number, end: number];

/** A conversation as one text, with the parts of it that are learned. */
export interface LaidOut {
  text: string;
  /** In their order; each ends with what ends its turn. */
  learned: readonly Span[];
}

/** Lays out conversations, control tokens and all. */
export interface ChatLayout {
  /** The text behind which an answer begins. @throws RangeError where the template refuses the messages */
  prompt(of: Pick<Conversation, 'messages' | 'where'>): string;
  /** @throws RangeError where the template refuses the messages, or does not let learned turns be told from the rest */
  conversation(of: Conversation): LaidOut;
}

/** How a model is asked by a chat template: a prompt is a user's message, and the answer to it follows. */
export interface AskingLayout {
  /** The text behind which an answer begins. @throws RangeError where the template refuses the message */
  prompt(message: string): string;
  /** Text that the template writes between that and an answer; often none. */
  lead: string;
  /** Name of the control token that ends an answer; undefined where there is none. */
  end: string | undefined;
  /** Names that are tokens wherever they stand, so that no message may have them. */
  names: readonly string[];
}

/** Who speaks the turns that are learned. */
export const assistant = 'assistant';

/** Places of the turns that are learned: those of the assistant behind the prompt. One that nothing stands before answers nothing. */
export const learnedTurns = ({ messages, prompt }: Conversation): number[] =>
  messages.flatMap(({ role }, at) => (role === assistant && at >= Math.max(1, prompt) ? [at] : []));
