import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { askingPartOf, evaluators, findEvaluator } from '../src/index.js';

describe('an evaluator that asks a generator', () => {
  it.each([
    ['rag', {}, 'its reader to another'],
    ['rag', { reader: 'extract', judge: 'quest-eval' }, 'its judge to none'],
    ['gold-context', { judge: 'generator' }, 'its reader to another and its judge to none'],
    ['light-rag', { reader: 'extract', extractor: 'generator' }, 'its extractor to cooccurrence'],
    [
      'light-rag',
      { judge: 'generator', extractor: 'generator' },
      'its reader to another, its judge to none, and its extractor to cooccurrence',
    ],
    ['closed-book', {}, 'choose a method that asks none'],
    ['sampled-summaries', { chooser: 'likelihood' }, 'choose a method that asks none'],
    ['plan-guided-summary', { chooser: 'likelihood' }, 'its writer to extract and its chooser to another'],
    ['plan-guided-summary', { writer: 'extract', chooser: 'likelihood' }, 'its chooser to another'],
    ['prp', {}, 'its judge to another'],
    ['order-disorder', { naturalness: 1 }, 'its naturalness to 0'],
  ])('%s with %o says by which settings it asks none', (name, given, expected) => {
    const evaluator = findEvaluator(name);
    const { config } = evaluator;
    const part = askingPartOf(evaluator)!;
    expect(part.generates(config.parse(given))).toBe(true);
    expect(part.otherwise(config.parse(given))).toBe(expected);
  });

  it.each([
    ['rag', { reader: 'extract' }],
    ['light-rag', { reader: 'gold' }],
    ['lead-sentences', {}],
    ['plan-guided-summary', { writer: 'extract' }],
    ['prp', { judge: 'trained' }],
    ['order-disorder', {}],
    ['white-box', {}],
  ])('%s with %o asks none', (name, given) => {
    const evaluator = findEvaluator(name);
    expect(askingPartOf(evaluator)!.generates(evaluator.config.parse(given))).toBe(false);
  });

  it('names settings of its own', () => {
    const asking = evaluators.flatMap((evaluator) => {
      const { name, config } = evaluator;
      const part = askingPartOf(evaluator);
      const parsed = config.parse({});
      return part?.generates(parsed) ? [{ name, config, text: part.otherwise(parsed) }] : [];
    });
    expect(asking.length).toBeGreaterThan(3);
    for (const { name, config, text } of asking) {
      const fields = Object.keys(z.toJSONSchema(config, { io: 'input' }).properties ?? {});
      for (const [, field] of text.matchAll(/its (\w+) to/g)) expect(fields, `${name}: ${text}`).toContain(field);
    }
  });
});
