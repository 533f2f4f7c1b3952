import { describe, expect, it } from 'vitest';
import { methodNames, optimizerNames } from '../src/registry.js';
import { likeNames, meant, UnknownNameError } from '../src/unknown-name.js';

describe('names that are like an unknown one', () => {
  it.each([
    ['lorra', ['lora']],
    ['LoRA', ['lora']],
    ['DoRA', ['dora']],
    ['rs-lora', ['rslora']],
    ['fullft', ['full-ft']],
    ['adaloraa', ['adalora']],
    ['prefix-tunning', ['prefix-tuning']],
  ])('finds %s among the methods', (name, like) => {
    expect(likeNames(name, methodNames)).toEqual(like);
  });

  it('finds a data set by its name alone', () => {
    expect(likeNames('reviews', ['moby-dick', 'dataset:reviews'])).toEqual(['dataset:reviews']);
    expect(likeNames('x', ['dataset:y'])).toEqual([]);
    expect(likeNames('dataset:review', ['moby-dick', 'dataset:reviews'])).toEqual(['dataset:reviews']);
  });

  it('keeps three of those that are equally near', () => {
    expect(likeNames('ab', ['ac', 'ad', 'ae', 'af', 'xyz'])).toEqual(['ac', 'ad', 'ae']);
  });

  it.each(['nothing', 'x', '', 'l'.repeat(65)])('finds none for "%s"', (name) => {
    expect(likeNames(name, ['lora', 'dora', 'full-ft'])).toEqual([]);
  });

  it('joins them in a question', () => {
    expect(meant('lroa', ['lora', 'loha', 'road', 'full-ft'])).toBe(' (did you mean lora, loha or road?)');
    expect(meant('nothing', ['lora', 'full-ft'])).toBe('');
  });

  it('asks for them in the sentence of the error', () => {
    const error = new UnknownNameError('optimizer', 'adam', optimizerNames);
    expect(error.message).toMatch(/^Unknown optimizer 'adam' \(did you mean adamw or badam\?\): use one of adamw, sgd/);
  });
});
