import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { DatasetMapping as Mapping } from '@rankforge/contracts';
import type { ChatLayout } from '@rankforge/peft';
import { describe, expect, it } from 'vitest';
import { type DatasetError, importDataset, inspectDataset, openDatasetTask, readMapping } from '../src/index.js';
import { decode, encode } from './support/bytes.js';
import { byColumn, useFolder } from './support/dataset-files.js';

const files = useFolder();
const system = { role: 'system', content: 'Be brief.' };
const user = (content: string) => ({ role: 'user', content });
const assistant = (content: string) => ({ role: 'assistant', content });
const tuning = Mapping.parse({ objective: 'instruction-tuning', messages: 'messages' });
const prompted = Mapping.parse({ objective: 'instruction-tuning', prompt: 'prompt', completion: 'completion' });
const asking = Mapping.parse({ objective: 'question-answering', messages: 'messages' });

/** Rows in three splits, the first of which is the one that is told. */
const rowsOf = (first: object, other: object) => [
  { split: 'train', ...first },
  { split: 'validation', ...other },
  { split: 'test', ...other },
];
const importing = (rows: readonly object[], mapping: Mapping, format: 'jsonl' | 'json' = 'jsonl') =>
  files.importing(format === 'json' ? JSON.stringify(rows) : rows.map((row) => JSON.stringify(row)).join('\n'), {
    format,
    mapping,
    split: byColumn,
  });
const firstLine = ({ lines }: { lines: string[] }) => {
  const { messages, prompted, answers, prompt } = JSON.parse(lines[1]!);
  return { messages, prompted, answers, prompt };
};
const other = { messages: [user('Bye'), assistant('Until then')] };

describe('a conversation', () => {
  const whole = [system, user('Hi'), assistant('Hello'), user('Bye'), assistant('See you')];

  it.each(['jsonl', 'json'] as const)('stays as its messages, out of a row of %s', async (format) => {
    const read = await importing(rowsOf({ messages: whole }, other), tuning, format);
    expect(read.head).toMatchObject({ objective: 'instruction-tuning', conversations: true });
    expect(firstLine(read)).toEqual({ messages: whole, prompted: 0 });
    expect(read.rows[0]).toEqual({
      split: 'train',
      row: format === 'json' ? 'row 1' : 'line 1',
      fields: {
        messages: 'system: Be brief.\nuser: Hi\nassistant: Hello\nuser: Bye\nassistant: See you',
        learned: 'Hello | See you',
      },
    });
  });

  it('takes the names of ShareGPT, too, without what follows on the last answer', async () => {
    const shared = [
      { from: 'human', value: 'Hi' },
      { from: 'gpt', value: 'Hello' },
      { from: 'human', value: 'Still there?' },
    ];
    expect(firstLine(await importing(rowsOf({ messages: shared }, other), tuning))).toEqual({
      messages: [user('Hi'), assistant('Hello')],
      prompted: 0,
    });
  });

  it('teaches its last turn alone where the mapping says so', async () => {
    const read = await importing(rowsOf({ messages: whole }, other), { ...tuning, turns: 'last' });
    expect(firstLine(read)).toEqual({ messages: whole, prompted: 4 });
    expect(read.rows[0]!.fields.learned).toBe('See you');
  });

  it('stands in a prompt and a completion', async () => {
    const row = (prompt: object[], completion: object[]) => ({ prompt, completion });
    const rows = rowsOf(row(whole.slice(0, 4), whole.slice(4)), row([user('a')], [assistant('b')]));
    expect(firstLine(await importing(rows, prompted))).toEqual({ messages: whole, prompted: 4 });
  });

  it('asks where answers are written: its last turn is the answer, or answers stand beside the prompt', async () => {
    expect(firstLine(await importing(rowsOf({ messages: whole }, other), asking))).toEqual({
      messages: whole.slice(0, 4),
      answers: ['See you'],
    });
    const beside = Mapping.parse({ objective: 'question-answering', prompt: 'prompt', answers: 'answers' });
    const rows = rowsOf({ prompt: [user('2 + 2?')], answers: ['4', 'four'] }, { prompt: [user('?')], answers: 'x' });
    expect(firstLine(await importing(rows, beside))).toEqual({ messages: [user('2 + 2?')], answers: ['4', 'four'] });
  });

  it('comes out of Parquet, as lists of objects', async () => {
    const path = fileURLToPath(new URL('vectors/datasets/conversations.parquet', import.meta.url));
    const source = { path, name: 'conversations.parquet' };
    const out = files.at('of-parquet');
    const { report } = await importDataset({ source, format: 'parquet', mapping: tuning, split: byColumn }, out);
    expect(report.examples).toEqual({ train: 10, validation: 10, test: 10 });
    const { rows } = await inspectDataset(source, 'parquet');
    expect(JSON.parse(rows[1]!.messages!)[0]).toEqual(user('How much is 1 + 1?'));
    const { train } = await (await openDatasetTask('dataset:c', '0'.repeat(64), out)).load(options(256));
    expect(train.size).toBe(10);
  });

  const part = (text: string) => ({ type: 'text', text });

  it('joins the texts of its parts with a blank between them', async () => {
    // A table has all columns in each part.
    const parts = [part('How much'), { ...part('is 1 + 1?'), image: null }];
    const messages = [
      { role: 'user', content: parts },
      { role: 'assistant', content: [part('2')] },
    ];
    expect(firstLine(await importing(rowsOf({ messages }, other), tuning))).toEqual({
      messages: [user('How much is 1 + 1?'), assistant('2')],
      prompted: 0,
    });
  });

  const tool = { ...assistant('x'), tool_calls: [{}] };
  it.each([
    [
      [{ ...user('a'), role: 'narrator' }],
      'message 1 has the role "narrator"; expected one of system, developer, user',
    ],
    [[user('a'), { content: 'b' }], 'message 2 has no role'],
    [[user('a'), assistant(' ')], 'message 2 (assistant) has no text'],
    [[user('a'), { role: 'assistant', content: { text: 'b' } }], 'message 2 has a content that is no text'],
    [
      [{ role: 'user', content: [part('a'), { type: 'image_url', image_url: { url: 'a.png' } }] }],
      'message 1 has a part (2) of the type "image_url"; expected texts alone, as {"type": "text", "text": "…"}: no image or sound is read',
    ],
    [[user('a'), { role: 'assistant', content: ['b'] }], 'message 2 has a part (1) without a type; expected texts'],
    [[{ role: 'user', content: [{ type: 'text', text: null }] }], 'message 1 has a part (1) of the type "text"'],
    [[{ role: 'user', content: [] }], 'message 1 (user) has no text'],
    [[user('a'), tool], 'message 2 has tool_calls, which is not read'],
    [['a'], 'message 1 is no object of role and content'],
    [[], 'is a list without a message'],
    ['user: a', 'is no list of messages'],
    [[assistant('a')], 'has no turn of the assistant behind another message'],
  ])('is refused with its line where it is %j', async (messages, problem) => {
    await expect(importing(rowsOf({ messages }, other), tuning)).rejects.toMatchObject({
      field: '/mapping/messages',
      message: expect.stringContaining(`mine.csv, line 1, column "messages": ${problem}`),
    });
  });

  it('a row with more messages, or more text in all, than are laid out in a moment is refused', async () => {
    const turns = (pairs: number, text: string) =>
      Array.from({ length: pairs }, () => [user(text), assistant('b')]).flat();
    const refusal = (messages: object[]) =>
      importing(rowsOf({ messages }, other), tuning).then(
        () => undefined,
        (error: DatasetError) => error.message,
      );
    expect(await refusal(turns(500, 'a'))).toBeUndefined();
    expect(await refusal(turns(501, 'a'))).toContain('column "messages": has 1002 messages; at most 1000 are read');
    expect(await refusal(turns(11, 'a'.repeat(100_000)))).toContain(
      'column "messages": has 1100011 characters in all messages together; at most 1048576 are read',
    );
  });

  it('appears among all other rows that cannot be read, or stays out where a message has no text', async () => {
    const empty = { messages: [user(''), assistant('b')], split: 'train' };
    const rows = [empty, { messages: 1, split: 'train' }, ...rowsOf(other, other)];
    const refused = await importing(rows, tuning).catch((error: DatasetError) => error.problems);
    expect(refused).toMatchObject([
      { message: expect.stringContaining('2 rows cannot be read') },
      { field: '/skipEmpty' },
      { message: expect.stringContaining('line 1, column "messages": message 1 (user) has no text') },
      { message: expect.stringContaining('line 2, column "messages": is no list of messages') },
    ]);
    const content = [empty, ...rowsOf(other, other)].map((row) => JSON.stringify(row)).join('\n');
    const { report } = await files.importing(content, {
      format: 'jsonl',
      mapping: tuning,
      split: byColumn,
      skipEmpty: true,
    });
    expect(report.emptyRows).toBe(1);
  });

  it('does not stand among texts', async () => {
    const chat = { prompt: [user('a')], completion: [assistant('b')] };
    const text = { prompt: 'a', completion: 'b' };
    const second = (first: object, others: object) =>
      importing(rowsOf(first, others), prompted).catch((error: DatasetError) => error.problems[1]?.message);
    expect(await second(text, chat)).toBe(
      'mine.csv, 2 rows (line 2, line 3): has a list of messages, and rows before have texts; write all rows alike',
    );
    expect(await second(chat, text)).toBe(
      'mine.csv, 2 rows (line 2, line 3): has a text, and rows before lists of messages; write all rows alike',
    );
    await expect(importing(rowsOf({ ...chat, completion: [user('b')] }, chat), prompted)).rejects.toThrow(
      'begins with a message of the role user; expected a turn of the assistant',
    );
  });

  it('equals another that asks the same, whatever the system says and the answer is', async () => {
    const asked = 'Which of the two rivers that meet in Dresden is longer';
    const rows = ['train', 'test'].map((split) => ({ messages: [user(asked), assistant(split)], split }));
    const long = { ...system, content: 'You answer in one word, in lower case, and never say that you are a model.' };
    const others = ['train', 'validation'].map((split) => ({ messages: [long, user(split), assistant('x')], split }));
    const { report } = await importing([...rows, ...others], tuning);
    expect(report.duplicates).toMatchObject({ examples: 1, acrossSplits: 1 });
    expect(report.duplicates.pairs[0]!.texts).toEqual([asked, asked]);
  });
});

describe('a mapping of conversations', () => {
  const wrong = (mapping: Mapping) => {
    const read = readMapping(mapping, 'jsonl');
    return 'issues' in read ? read.issues.map(({ path, message }) => [path.join('/'), message]) : [];
  };

  it('takes them in place of the other columns', () => {
    expect(wrong(tuning)).toEqual([]);
    expect(wrong({ ...tuning, completion: 'c' })).toEqual([
      ['messages', 'there is a column (completion) and one in its place (messages): leave one out'],
    ]);
    expect(wrong({ objective: 'instruction-tuning', prompt: 'p' })).toEqual([
      ['completion', 'is missing: name its column, or name messages'],
    ]);
    expect(wrong({ ...tuning, turns: 'first' })[0]![0]).toBe('turns');
    expect(wrong({ ...prompted, turns: 'last' })[0]![1]).toContain('no column of conversations is named');
  });
});

/** Letters of a role stand before each turn, and a `;` ends it. */
const layout: ChatLayout = {
  prompt: ({ messages }) => `${messages.map(({ role, content }) => `${role[0]}:${content};`).join('')}a:`,
  conversation({ messages, prompt }) {
    let text = '';
    const learned: [number, number][] = [];
    messages.forEach(({ role, content }, at) => {
      const start = text.length + 2;
      text += `${role[0]}:${content};`;
      if (role === 'assistant' && at >= prompt) learned.push([start, text.length]);
    });
    return { text, learned };
  },
};
const options = (sequenceLength: number) => ({ encode, decode, sequenceLength, chat: layout });

describe('examples of conversations', () => {
  const opened = async (rows: readonly object[], mapping: Mapping) => {
    const { lines } = await importing(rows, mapping);
    const file = files.at(`${crypto.randomUUID()}.jsonl`);
    await writeFile(file, `${lines.join('\n')}\n`);
    return openDatasetTask('dataset:chats', '0'.repeat(64), file);
  };
  const whole = [user('one'), assistant('two'), user('three'), assistant('four')];
  const read = ({ targets }: { targets: Int32Array }) =>
    decode([...targets].map((id) => (id < 0 ? '-'.charCodeAt(0) : id)));

  it('learn each turn of the assistant with its end', async () => {
    const task = await opened(rowsOf({ messages: whole }, other), tuning);
    expect(task.conversations).toBe(true);
    const { train } = await task.load(options(32));
    // u:one;a:two;u:three;a:four;
    expect(read(train.batch([0]))).toBe('-------two;----------four;------');
  });

  it('lose their end where they are too long, and before it what stands before the first turn', async () => {
    const task = await opened(rowsOf({ messages: whole }, other), tuning);
    const at = async (length: number) => {
      const { train } = await task.load(options(length));
      const { inputs, lengths } = train.batch([0]);
      return [decode([...inputs.subarray(0, lengths[0])]), read(train.batch([0])), train.lengths!(0)[0]];
    };
    expect(await at(23)).toEqual([
      'u:one;a:two;u:three;a:f',
      '-------two;----------fo',
      { whole: 26, cut: 3, learned: 9, unlearned: 3 },
    ]);
    expect(await at(5)).toEqual(['a:two', '-two;', { whole: 26, cut: 21, learned: 9, unlearned: 5 }]);
  });

  it('ask what stands before the last turn, and learn the answer with its end', async () => {
    const task = await opened(rowsOf({ messages: whole }, other), { ...asking, answerTokens: 8 });
    const { train } = await task.load({ ...options(64), end: ';'.charCodeAt(0) });
    expect(decode([...train.questions!.prompt(0)])).toBe('u:one;a:two;u:three;a:');
    expect(train.questions!.right(0)).toEqual(['four']);
    expect(read(train.batch([0])).replace(/-+$/, '')).toBe('---------------------four;');
  });

  it('cannot be read without a template', async () => {
    const task = await opened(rowsOf({ messages: whole }, other), tuning);
    await expect(task.load({ encode, decode, sequenceLength: 32 })).rejects.toThrow('no chat template is given');
  });
});
