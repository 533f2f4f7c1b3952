import { describe, expect, it } from 'vitest';
import { findMethod, findOptimizer } from '../src/registry.js';
import { planTraining, refusal } from '../src/training/refusals/refusal.js';
import type { RefusedField, TrialRequest } from '../src/training/refusals/rule.js';
import { tinyConfig } from './support/tiny-model.js';

const request = (name: string, more: Partial<TrialRequest> = {}): TrialRequest => {
  const method = findMethod(name);
  return { model: tinyConfig, method, config: method.config.parse({}), targets: ['query'], ...more };
};
const optimizer = (name: string) => findOptimizer(name).build(findOptimizer(name).config.parse({}));
const perLayer = { execution: 'perLayer', optimizer: optimizer('adamw') } as const;

const refused: [RefusedField, TrialRequest, string][] = [
  ['method', request('linear-probe'), 'choose a classification task or another method'],
  ['optimizer', request('adalora', { optimizer: optimizer('zo-ranksgd') }), 'choose an optimizer that makes them'],
  ['execution', request('adalora', perLayer), 'choose another method, or take execution tree'],
  ['clipNorm', request('lora', { ...perLayer, clipNorm: 1 }), 'set clipNorm to null'],
  ['accumulate', request('lora', { ...perLayer, accumulate: 2 }), 'set accumulate to 1'],
  ['normEvery', request('ia3', { normEvery: 5 }), 'leave normEvery out'],
  ['headLearningRate', request('lora', { headLearningRate: 0.1 }), 'leave headLearningRate out'],
];

describe('a refusal', () => {
  it.each(refused)('blames %s and says what to do', (field, trial, remedy) => {
    const told = refusal(trial);
    expect(told?.field).toBe(field);
    expect(told?.reason).toContain(remedy);
    expect(() => planTraining(trial)).toThrow(told?.reason);
  });

  it('tells the first rule that is broken: the method before the optimizer before options', () => {
    const both = { optimizer: optimizer('lora-fa'), normEvery: 5 };
    expect(refusal(request('linear-probe', both))?.field).toBe('method');
    expect(refusal(request('ia3', both))?.field).toBe('optimizer');
  });

  it('lets a trial through that keeps every rule, and asks none about what is left out', () => {
    expect(refusal(request('lora', { optimizer: optimizer('adamw'), clipNorm: 1, accumulate: 2, normEvery: 5 }))).toBe(
      undefined,
    );
    expect(refusal(request('lora', { classes: 2, headLearningRate: 0.1 }))).toBeUndefined();
  });

  it('speaks of a rank part only where its configuration has it act', () => {
    const config = findMethod('oft').config.parse({ constraint: 1e-3 });
    const optimizers = ['badam', 'zo-ranksgd'].map((name) => ({ optimizer: optimizer(name) }));
    const refusals = [...optimizers, perLayer].map((more) => {
      expect(refusal(request('oft', more))).toBeUndefined();
      return refusal(request('oft', { ...more, config }))?.reason;
    });
    expect(refusals).toEqual([
      expect.stringMatching(/^the ranks of oft follow from gradients of all layers/),
      expect.stringMatching(/^oft has a rank part that needs gradients/),
      expect.stringMatching(/^execution perLayer .* oft has a rank part/),
    ]);
  });
});
