/** @file Fields of an example that stand in lists of messages. */
import type { ChatMessage } from '@rankforge/peft';
import { conversationOf, promptedBy } from './conversations.js';
import { RowError } from './dataset-error.js';
import type { CellReader, Fields } from './fields.js';
import type { Mapping } from './mapping.js';
import type { Source } from './source.js';

/** What a row says in lists of messages: its fields, and those of the mapping that they stand for. */
export function chatOf(
  { form, columns, turns }: Mapping,
  cell: CellReader,
): { fields: Fields; read: readonly string[] } {
  const { messages, prompt, completion } = columns;
  if (messages !== undefined) {
    const read = (all: ChatMessage[]) => conversationOf(all, form.turns ? turns : 'last');
    const whole = cell.chat('/mapping/messages', messages, read);
    const [said, answer] = [whole.messages.slice(0, -1), whole.messages.at(-1)!];
    // Where the model writes answers, the last turn is the one that is right.
    const fields = form.turns
      ? { messages: [...whole.messages], prompted: whole.prompt }
      : { messages: said, answers: [answer.content] };
    return { fields, read: ['messages'] };
  }
  const mayChat = form.columns.some(({ field, chats }) => field === 'prompt' && chats);
  if (!mayChat || prompt === undefined || !cell.isList('/mapping/prompt', prompt)) return { fields: {}, read: [] };
  const asked = cell.chat('/mapping/prompt', prompt, (all) => all);
  if (completion === undefined) return { fields: { messages: asked }, read: ['prompt'] };
  const whole = cell.chat('/mapping/completion', completion, (all) => promptedBy(asked, all));
  return { fields: { messages: [...whole.messages], prompted: whole.prompt }, read: ['prompt', 'completion'] };
}

/** @throws RowError for a conversation among texts, or a text among conversations */
export function chatsAlone({ name }: Source) {
  let first: boolean | undefined;
  return ({ messages }: Fields, where: string): void => {
    const isChat = messages !== undefined;
    first ??= isChat;
    if (isChat === first) return;
    const problem = isChat
      ? 'has a list of messages, and rows before have texts'
      : 'has a text, and rows before lists of messages';
    throw new RowError(name, where, '/mapping/prompt', `${problem}; write all rows alike`);
  };
}
