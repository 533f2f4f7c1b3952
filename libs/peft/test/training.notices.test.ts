/** @file Notices about options that are of no use to a method or an optimizer. */
import { describe, expect, it } from 'vitest';
import { findMethod, findOptimizer, optimizers } from '../src/registry.js';
import { noticesOf } from '../src/training/suits.js';
import { openedBase } from './support/opened-engine.js';
import { targets } from './support/tiny-model.js';
import { trainTiny } from './support/tiny-run.js';

const on = openedBase();

const build = (name: string) => findOptimizer(name).build(findOptimizer(name).config.parse({}));
function notices(name: string, options: { steps?: number; dropout?: number }) {
  const method = findMethod(name);
  const plan = { model: on.base.config, method, config: method.config.parse({}), targets };
  return noticesOf(build('adamw'), plan, { steps: 100, ...options });
}

describe('clipping by the norm of all gradients', () => {
  it('matters to optimizers that cut gradients themselves and to the one that makes estimates', () => {
    const said = optimizers.filter(({ name }) => build(name).clipped?.(1) !== undefined).map(({ name }) => name);
    expect(said.sort()).toEqual(['spam', 'stable-spam', 'zo-ranksgd']);
    expect(build('zo-ranksgd').estimator).toBeDefined();
  });

  it('brings a notice with its norm to a run that clips, and to no other', () => {
    const method = findMethod('full-ft');
    const plan = { model: on.base.config, method, config: {}, targets };
    const texts = (clipNorm: number | null, steps = 2000) =>
      noticesOf(build('stable-spam'), plan, { steps, clipNorm }).map(({ of, text }) => `${of}: ${text}`);
    expect(texts(0.5)).toEqual([
      'optimizer: clipNorm 0.5 shortens whole gradients before it cuts the entries that are too large: set clipNorm to null for the optimizer of the paper',
    ]);
    expect(texts(null)).toEqual([]);
    expect(texts(0.5, 0)).toEqual([]);
  });
});

describe.each([
  { name: 'lora', drops: true },
  { name: 'dora', drops: true },
  { name: 'ia3', drops: false },
  { name: 'full-ft', drops: false },
  { name: 'prefix-tuning', drops: false },
])('dropout of $name', ({ name, drops }) => {
  it(`changes ${drops ? 'the training' : 'nothing'}`, async () => {
    const options = { steps: 2, learningRate: 1e-2 };
    const [with0, with5] = [
      await trainTiny({ engine: on.engine, base: on.base, method: name, config: {}, options }),
      await trainTiny({
        engine: on.engine,
        base: on.base,
        method: name,
        config: {},
        options: { ...options, dropout: 0.5 },
      }),
    ];
    const same = with5.steps.every(({ loss }, index) => loss === with0.steps[index]!.loss);
    expect(same).toBe(!drops);
  });

  it(`brings ${drops ? 'no notice' : 'a notice'}`, () => {
    const expected = [{ of: 'method', text: 'drops no inputs of layers: dropout 0.5 changes nothing' }];
    expect(notices(name, { dropout: 0.5 })).toEqual(drops ? [] : expected);
    expect(notices(name, { dropout: 0 })).toEqual([]);
    expect(notices(name, { dropout: 0.5, steps: 0 })).toEqual([]);
  });
});
