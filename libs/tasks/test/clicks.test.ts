/** @file Clicks as they are drawn, and what knowing their truth scores, against the script that draws them anew. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRandom, metricParts } from '@rankforge/peft';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Clicks, drawClicks } from '../src/index.js';

interface Truth {
  examples: number;
  sha256: string;
  clicks: number;
  logLoss: number;
  expectedLogLoss: number;
  auc: number;
  shareLogLoss: number;
  logits: number[];
}
const { splits } = JSON.parse(readFileSync(new URL('vectors/simulated/clicks.json', import.meta.url), 'utf8')) as {
  splits: Record<'train' | 'validation' | 'test', Truth>;
};
const names = ['train', 'validation', 'test'] as const;

const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
/** `log(1 + exp(x))` */
const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

let drawn: Record<(typeof names)[number], Clicks>;
beforeAll(() => {
  drawn = drawClicks();
});

describe.each(names)('the %s split', (name) => {
  it('is drawn as described, example for example', () => {
    const { size, ids, clicks, logits } = drawn[name];
    const expected = splits[name];
    expect(size).toBe(expected.examples);
    expect(createHash('sha256').update(ids).update(clicks).digest('hex')).toBe(expected.sha256);
    expect(clicks.reduce((sum, click) => sum + click, 0)).toBe(expected.clicks);
    expected.logits.forEach((logit, index) => {
      expect(logits[index]).toBeCloseTo(logit, 9);
    });
  });

  it('has the scores of its truth', () => {
    const { clicks, logits } = drawn[name];
    const losses = logits.map((logit, index) => softplus(clicks[index] === 1 ? -logit : logit));
    const parts = metricParts({
      objective: 'binary-classification',
      columns: { loss: Float64Array.from(losses), prediction: logits, label: Float64Array.from(clicks) },
    });
    const expected = splits[name];
    expect(parts.auc!.value).toBeCloseTo(expected.auc, 12);
    expect(parts.logLoss!.value).toBeCloseTo(expected.logLoss, 6);
    const chances = logits.map((logit) => 1 / (1 + Math.exp(-logit)));
    const entropy = mean(chances.map((p, index) => p * softplus(-logits[index]!) + (1 - p) * softplus(logits[index]!)));
    expect(entropy).toBeCloseTo(expected.expectedLogLoss, 9);
  });

  it('is told worse by any other logit of the same ids', () => {
    const { clicks, logits } = drawn[name];
    const lossOf = (other: Float64Array) =>
      mean(other.map((logit, index) => softplus(clicks[index] === 1 ? -logit : logit)));
    const random = createRandom('noise');
    expect(lossOf(logits.map((logit) => logit + 0.5 * random.normal()))).toBeGreaterThan(lossOf(logits));
    expect(splits[name].shareLogLoss).toBeGreaterThan(lossOf(logits) + 0.1);
  });
});
