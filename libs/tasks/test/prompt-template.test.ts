import { describe, expect, it } from 'vitest';
import { promptTemplate } from '../src/datasets/prompt-template.js';

const render = (text: string, row: Record<string, string>) => promptTemplate(text).render((column) => row[column]!);

/** The prompts of Stanford Alpaca (train.py), from behind their first paragraph. */
const alpaca = {
  template: '### Instruction:\n{instruction}\n\n### Input:\n{input}\n\n### Response:',
  with: '### Instruction:\nAdd.\n\n### Input:\n1 and 2\n\n### Response:',
  without: '### Instruction:\nAdd.\n\n### Response:',
};

describe('a template of a prompt', () => {
  it('names each of its columns once', () => {
    expect(promptTemplate('{a} {b c} {a} {{d}}').columns).toEqual(['a', 'b c']);
  });

  it('puts cells in the place of their columns, as they are', () => {
    expect(render('{a}: {b}\n', { a: ' x ', b: '{a}$&' })).toBe(' x : {a}$&\n');
    expect(render('{{"k": "{a}"}}', { a: 'v' })).toBe('{"k": "v"}');
  });

  it('leaves out lines and paragraphs whose columns are all blank, as the two prompts of Alpaca do', () => {
    expect(render('{a}\n{b}', { a: 'x', b: ' ' })).toBe('x');
    expect(render('{a} {b}\nend', { a: 'x', b: '' })).toBe('x \nend');
    expect(render(alpaca.template, { instruction: 'Add.', input: '1 and 2' })).toBe(alpaca.with);
    expect(render(alpaca.template, { instruction: 'Add.', input: '' })).toBe(alpaca.without);
  });

  it.each([
    ['no column', 'names no column'],
    ['{a} and }', 'a "}" stands alone: expected names of columns in braces'],
    ['{a} {', 'a "{" stands alone'],
    ['{} {a}', 'a "{" stands alone'],
    ['{a\nb}', 'a "{" stands alone'],
  ])('refuses %j', (text, message) => {
    expect(() => promptTemplate(text)).toThrow(message);
  });
});
