import { describe, expect, it } from 'vitest';
import { matching, trialFilterOf } from '../src/app/search-everywhere/found.js';

const entry = (label: string, detail = '') => ({ id: label, label, detail, open: () => {} });

describe('entries of a text', () => {
  const entries = [entry('Full fine-tuning', 'full'), entry('LoRA', 'lora'), entry('rsLoRA', 'rslora'), entry('LoRA+')];
  const labels = (text: string, most = 9) => matching(entries, text, most).map(({ label }) => label);

  it('have each of its words, in capitals or not', () => {
    expect(labels('LORA')).toEqual(['LoRA', 'LoRA+', 'rsLoRA']);
    expect(labels('tuning full')).toEqual(['Full fine-tuning']);
    expect(labels('lora full')).toEqual([]);
  });

  it('begin with it first, and are cut to the most that are listed', () => {
    expect(labels('lora', 2)).toEqual(['LoRA', 'LoRA+']);
    expect(labels('', 1)).toEqual(['Full fine-tuning']);
  });
});

describe('the filter of trials that a text spells', () => {
  const filterOf = (text: string) => trialFilterOf(text, new Set(['lora', 'bitfit']));

  it('has a method, a rank, a seed and a state', () => {
    expect(filterOf('lora r8 seed 1 failed')).toEqual({ method: 'lora', rank: 8, seed: 1, state: ['FAILED'] });
    expect(filterOf('over-budget rank 4 bitfit')).toEqual({ method: 'bitfit', rank: 4, state: ['OVER_BUDGET'] });
  });

  it('is undefined where a word is no method, rank, seed or state, or the text is a rank alone', () => {
    expect(filterOf('lora on moby dick')).toBeUndefined();
    expect(filterOf('r8')).toBeUndefined();
    expect(filterOf('')).toBeUndefined();
  });
});
