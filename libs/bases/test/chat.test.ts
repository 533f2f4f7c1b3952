/** @file Chat templates against transformers: `oracle/chat/templates.py`. */

import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ChatMessage, conversations, conversationTokens, openTokenizer } from '@rankforge/peft';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { dayAs } from '../src/chat/date.js';
import { chatLayout, readingChats, turnEnd } from '../src/chat/layout.js';
import { chatOfFolder, chosenChat, openAsking, openChat } from '../src/chat/of-base.js';
import { ChatTemplate, type SpecialTokens } from '../src/chat/template.js';
import { loadBaseModel } from '../src/index.js';
import { publishedModel } from './support/published-model.js';

interface Case {
  messages: ChatMessage[];
  text: string;
  ids: number[];
  prompt: string;
  promptIds: number[];
  learned: number[];
  refused?: string;
}
interface Asked {
  message: string;
  text: string;
  ids: number[];
  /** With the answer A. */
  answeredIds: number[];
}
interface Kept {
  tokens: SpecialTokens;
  cases: Case[];
  asked: Asked[];
}

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const { tokenizer: file, templates } = JSON.parse(read('vectors/chat.json')) as {
  tokenizer: unknown;
  templates: Record<string, Kept>;
};
const tokenizer = openTokenizer(file);
const learnedOf = (template: ChatTemplate, messages: ChatMessage[], prompt = 0) =>
  conversationTokens(chatLayout(template).conversation({ messages, prompt }), tokenizer);

describe.each(Object.entries(templates))('a template in the manner of %s', (name, { tokens, cases, asked }) => {
  const marked = read(`oracle/chat/kept/${name}.jinja`);
  const plain = marked.replace(/\{%-?\s*(?:end)?generation\s*-?%\}/g, '');
  const read_ = cases.filter(({ refused }) => refused === undefined);

  test.each([
    ['with marks', marked],
    ['without marks', plain],
  ])('%s gives the texts, the tokens and the learned tokens of transformers', (_, text) => {
    const template = new ChatTemplate(text, { tokens });
    expect(template.marks).toBe(text === marked);
    for (const { messages, text, ids, prompt, promptIds, learned } of read_) {
      expect(template.render(messages, false).text).toBe(text);
      expect(template.render(messages.slice(0, -1), true).text).toBe(prompt);
      expect(tokenizer.encode(prompt)).toEqual(promptIds);
      const own = learnedOf(template, messages);
      expect(own.tokens).toEqual(ids);
      expect([...own.learned]).toEqual(learned);
    }
  });

  test.each([
    ['with marks', marked],
    ['without marks', plain],
  ])('%s asks a message, and is answered, in the texts and tokens of transformers', (_, text) => {
    const { prompt, lead, end } = openAsking(chosenChat({ template: text, tokens })!, tokenizer);
    expect(end).toBe(tokens.eos_token);
    for (const { message, text, ids, answeredIds } of asked) {
      expect(prompt(message)).toBe(text);
      expect(tokenizer.encode(prompt(message))).toEqual(ids);
      const answered = tokenizer.encode(`${prompt(message)}${lead}A`);
      expect(answeredIds.slice(0, answered.length)).toEqual(answered);
      expect(answered.length).toBeGreaterThan(ids.length);
    }
  });

  it('refuses what transformers refuses, in the words of the template', () => {
    const template = new ChatTemplate(marked, { tokens });
    for (const { messages, refused } of cases) {
      if (refused !== undefined) expect(() => template.render(messages, false)).toThrow(refused);
    }
  });

  it('becomes a batch whose last token of a turn is learned and whose first token stands there once', () => {
    const { ids, learned, messages } = read_[1]!;
    const options = { ...readingChats(tokenizer, new ChatTemplate(plain, { tokens })), sequenceLength: 256 };
    const { inputs, targets, lengths } = conversations([{ messages, prompt: 0 }], options).batch([0]);
    const last = learned.lastIndexOf(1);
    expect(lengths[0]).toBe(last);
    expect([...inputs.subarray(0, last)]).toEqual(ids.slice(0, last));
    expect([...targets.subarray(0, last)]).toEqual(ids.slice(1, last + 1).map((id, at) => (learned[at + 1] ? id : -1)));
    expect(targets[last - 1]).toBe(turnEnd(new ChatTemplate(plain, { tokens }), tokenizer));
  });

  it('learns the last turn alone where the messages before it are the prompt', () => {
    const { messages, learned } = read_[1]!;
    const own = learnedOf(new ChatTemplate(marked, { tokens }), messages, messages.length - 1);
    const start = learned.lastIndexOf(0, learned.lastIndexOf(1)) + 1;
    expect([...own.learned]).toEqual(learned.map((counts, at) => (counts && at >= start ? 1 : 0)));
    const plainly = learnedOf(new ChatTemplate(plain, { tokens }), messages, messages.length - 1);
    expect([...plainly.learned]).toEqual([...own.learned]);
  });
});

const { folder, missing } = publishedModel('smollm2-135m-instruct');

describe.skipIf(missing)(`SmolLM2-135M-Instruct${missing ? ` (${missing})` : ''}`, () => {
  it('lays conversations out as transformers does, by the template of its folder', async () => {
    const { cases, asked } = JSON.parse(read('vectors/chat-smollm2.json')) as Omit<Kept, 'tokens'>;
    const { tokenizer } = await loadBaseModel(folder);
    const chosen = chosenChat(await chatOfFolder(folder))!;
    const template = new ChatTemplate(chosen.text, { tokens: chosen.tokens });
    for (const { messages, text, ids, prompt, promptIds, learned } of cases) {
      const laidOut = chatLayout(template).conversation({ messages, prompt: 0 });
      expect(laidOut.text).toBe(text);
      expect(chatLayout(template).prompt({ messages: messages.slice(0, -1) })).toBe(prompt);
      expect(tokenizer.encode(prompt)).toEqual(promptIds);
      const own = conversationTokens(laidOut, tokenizer);
      expect(own.tokens).toEqual(ids);
      expect([...own.learned]).toEqual(learned);
    }
    expect(openChat(chosen, tokenizer).end).toBe(tokenizer.encode('<|im_end|>')[0]);
    const { prompt, lead, end } = openAsking(chosen, tokenizer);
    expect(end).toBe('<|im_end|>');
    for (const { message, text, ids, answeredIds } of asked) {
      expect(prompt(message)).toBe(text);
      expect(tokenizer.encode(text)).toEqual(ids);
      expect(tokenizer.encode(`${text}${lead}A${end}`)).toEqual(answeredIds.slice(0, ids.length + 2));
    }
  });
});

describe('a template', () => {
  const user = { role: 'user', content: 'Hi' };
  const answer = { role: 'assistant', content: 'Hello' };

  it('that lays out earlier turns otherwise is refused, naming the message and what to do', () => {
    // Templates of models that think leave out so the thoughts of earlier turns.
    const text =
      "{% for m in messages %}{{ m.role + ': ' }}{% if m.role == 'assistant' and not loop.last %}{{ '(cut)' }}{% else %}{{ m.content }}{% endif %}{{ '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}";
    const layout = chatLayout(new ChatTemplate(text));
    const messages = [user, answer, user, answer];
    expect(() => layout.conversation({ messages, prompt: 0, where: 'line 7' })).toThrow(
      /^line 7: the chat template lays out that turn itself otherwise when more follows \(message 2\).*"turns": "last"/,
    );
    const { text: whole, learned } = layout.conversation({ messages, prompt: 3 });
    expect(whole).toBe('user: Hi\nassistant: (cut)\nuser: Hi\nassistant: Hello\n');
    expect(learned.map((span) => whole.slice(...span))).toEqual(['Hello']);
  });

  it('gets the time of all its texts together where turns are found by laying out what stands before each', () => {
    // Texts of more than two messages have no end.
    const text =
      "{% for m in messages %}{{ m.content + ';' }}{% endfor %}{% if messages | length > 2 %}{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}{% set x = a %}{% endfor %}{% endfor %}{% endfor %}{% endif %}";
    const layout = chatLayout(new ChatTemplate(text, { milliseconds: 50 }));
    expect(layout.conversation({ messages: [user, answer], prompt: 0 }).text).toBe('Hi;Hello;');
    expect(() => layout.conversation({ messages: [user, answer, user, answer], prompt: 0, where: 'line 3' })).toThrow(
      'line 3: the chat template refuses a conversation: is not done within 0.25 s',
    );
    // The watch has ended with it.
    expect(() => layout.prompt({ messages: [user, answer, user] })).toThrow('is not done within 0.05 s');
  });

  it('whose marks are not around each turn of the assistant is refused', () => {
    const text = '{% generation %}{% for m in messages %}{{ m.content }}{% endfor %}{% endgeneration %}';
    expect(() =>
      chatLayout(new ChatTemplate(text)).conversation({ messages: [user, answer, user, answer], prompt: 0 }),
    ).toThrow('marks 1 generations of a conversation with 2 turns of the assistant');
  });

  it.each([
    [
      'loops without end',
      '{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}{% set x = a %}{% endfor %}{% endfor %}{% endfor %}',
      'is not done within 0.2 s',
    ],
    [
      'counts too far',
      '{% for a in range(1000000000) %}x{% endfor %}',
      'range() of 1000000000 numbers; at most 100000 are made',
    ],
    [
      'writes too much',
      "{% set n = namespace(text='0123456789') %}{% for a in range(20) %}{% set n.text = n.text ~ n.text %}{% endfor %}{{ n.text }}",
      'makes a text of 10485760 characters; at most 8388608 are read',
    ],
    ['raises', "{{ raise_exception('no ' + messages[0].role) }}", 'the chat template refuses a conversation: no user'],
    ['asks for an unknown part of the date', "{{ strftime_now('%s') }}", 'asks for the date by %s'],
  ])('that %s is refused', (_, text, message) => {
    expect(() => new ChatTemplate(text, { milliseconds: 200 }).render([user], true)).toThrow(message);
  });

  it('that cannot be read, or is too long, is refused', () => {
    expect(() => new ChatTemplate('{% for %}')).toThrow('the chat template cannot be read: ');
    expect(() => new ChatTemplate('x'.repeat(200_000))).toThrow('has 200000 characters; at most 131072 are read');
  });

  it.each([
    ['brackets', `{{ ${'('.repeat(30_000)}1${')'.repeat(30_000)} }}`],
    ['lists', `{{ ${'['.repeat(30_000)}${']'.repeat(30_000)} }}`],
    ['blocks', `${'{% if true %}'.repeat(9_000)}`],
  ])('of %s without a floor is refused in words', (_, text) => {
    expect(() => new ChatTemplate(text).render([user], true)).toThrow(
      'blocks, brackets or signs stand deeper within each other than is read (some hundreds): write it flatter',
    );
  });

  it('hears of the same day on any day', () => {
    expect(dayAs('%A, %d %B %Y (%a %b %m/%d/%y %H:%M:%S) 100%%')).toBe(
      'Friday, 26 July 2024 (Fri Jul 07/26/24 00:00:00) 100%',
    );
  });
});

describe('the template of a folder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chat-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const put = (name: string, content: unknown) =>
    writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));

  it('stands in a file of its own, or in the configuration of the tokenizer, by itself or among others', async () => {
    expect(chosenChat(await chatOfFolder(folder))).toBeUndefined();
    await put('tokenizer_config.json', {
      chat_template: [
        { name: 'rag', template: 'r' },
        { name: 'default', template: 'd' },
      ],
    });
    expect((await chatOfFolder(folder)).template).toBe('d');
    await put('tokenizer_config.json', { chat_template: 'c', bos_token: { content: '<s>' } });
    expect(await chatOfFolder(folder)).toEqual({ template: 'c', tokens: { bos_token: '<s>' } });
    await put('chat_template.jinja', 'j');
    expect((await chatOfFolder(folder)).template).toBe('j');
  });

  it('has a hash that changes with its text, with the tokens that it names, and with its name alone as an addition', () => {
    const hash = (template: string, tokens: SpecialTokens = {}) => chosenChat({ template, tokens })!.facts.sha256;
    expect(hash('a')).not.toBe(hash('b'));
    expect(hash('{{ bos_token }}', { bos_token: '<s>' })).not.toBe(hash('{{ bos_token }}', { bos_token: '<t>' }));
    expect(hash('a', { bos_token: '<s>' })).toBe(hash('a'));
    expect(chosenChat({ template: "{{ strftime_now('%d') }}", tokens: {} })!.facts.date).toBe('2024-07-26');
    expect(chosenChat({ template: 'a', tokens: {} })!.facts).toEqual({ sha256: hash('a') });
    expect(chosenChat({ tokens: {} }, 'lines')!.facts).toMatchObject({ template: 'lines' });
  });

  it('gives way to one that a sweep names', () => {
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello' },
    ];
    const lines = openChat(chosenChat({ tokens: { eos_token: '</s>' } }, 'lines')!, tokenizer);
    const text = 'System: Be brief.\n\nUser: Hi\n\nAssistant: Hello</s>\n\n';
    const laidOut = lines.chat!.conversation({ messages, prompt: 0 });
    expect(laidOut.text).toBe(text);
    expect(laidOut.learned.map((span) => text.slice(...span))).toEqual([' Hello</s>']);
    expect(lines.chat!.prompt({ messages: messages.slice(0, 2) })).toBe('System: Be brief.\n\nUser: Hi\n\nAssistant:');
    expect(lines.end).toBe(tokenizer.encode('</s>')[0]);
    const chatml = openChat(chosenChat({ tokens: {} }, 'chatml')!, tokenizer);
    expect(chatml.chat!.conversation({ messages: messages.slice(1), prompt: 0 }).text).toBe(
      '<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello<|im_end|>\n',
    );
    expect(chatml.end).toBe(tokenizer.encode('<|im_end|>')[0]);
    expect(() => openChat(chosenChat({ tokens: {} }, 'chatml')!, { ...tokenizer, controls: [] })).toThrow(
      'has no <|im_start|> and no <|im_end|>, which the chat template chatml writes: name the template lines',
    );
  });
});

describe('how a model is asked', () => {
  const known = { controls: ['<s>', '</s>'], added: ['<think>', '<tool>', '\n', '    '] };
  const opened = (template: string) => openAsking({ facts: { sha256: '' }, text: template, tokens: {} }, known);

  it('keeps control tokens, and those of other tokens that the template writes, out of messages', () => {
    const template = "{% for m in messages %}{{ m.content + '\n' }}{% endfor %}{{ '<think>' }}";
    expect(opened(template).names).toEqual(['<s>', '</s>', '<think>']);
  });

  it('begins an answer where it stands otherwise than behind the prompt at the end of the prompt', () => {
    const lines = "{% for m in messages %}{{ m.role + ': ' + m.content + '</s>' }}{% endfor %}";
    expect(opened(`${lines}{% if add_generation_prompt %}{{ 'assistant:' }}{% endif %}`)).toMatchObject({
      ...{ lead: ' ', end: '</s>' },
    });
    const thinks = `${lines}{% if add_generation_prompt %}{{ 'assistant: <think>' }}{% endif %}`;
    expect(opened(thinks).lead).toBe('');
  });

  it('takes letters of private use, but for those that mark turns in a template with marks', () => {
    const message = 'An \uf8ff and \uf8fe';
    const plain = '{{ messages[0].content }}';
    expect(opened(plain)).toMatchObject({ names: known.controls });
    expect(opened(plain).prompt(message)).toBe(message);
    const marked = opened(`${plain}{% generation %}{% endgeneration %}`);
    expect(marked.names).toEqual([...known.controls, '\uf8ff', '\uf8fe']);
    expect(() => marked.prompt(message)).toThrow('a message has a letter of private use that marks turns here');
  });

  it('names what a template says against a question as soon as it is opened', () => {
    expect(() => opened("{{ raise_exception('Only tools are asked') }}")).toThrow(
      'the chat template refuses a conversation: Only tools are asked',
    );
  });
});
