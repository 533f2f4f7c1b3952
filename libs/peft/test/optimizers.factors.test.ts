/** @file Optimizers that treat the factors of low-rank updates otherwise than all else: which methods they are refused for, and which factors they find. */
import { beforeAll, expect, it } from 'vitest';
import { type Engine, openEngine } from '../src/engine/engine.js';
import { findMethod, findOptimizer } from '../src/registry.js';
import { refusal } from '../src/training/refusals/refusal.js';
import { targets, tinyBase, tinyConfig } from './support/tiny-model.js';
import { trainTiny } from './support/tiny-run.js';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine('wasm');
});

function refused(optimizer: string, name: string, config: object = {}): string | undefined {
  const method = findMethod(name);
  const { build, config: schema } = findOptimizer(optimizer);
  const trial = { model: tinyConfig, method, config: method.config.parse({}), targets };
  return refusal({ ...trial, optimizer: build(schema.parse(config)) })?.reason;
}

const withFactors = ['lora', 'dora', 'adalora', 'bd-lora', 'delora', 'hira', 'lily', 'loha', 'deft', 'adamss'];

it.each(['lora-plus', 'allora'])('%s is refused where no factor that it acts on is trained', (optimizer) => {
  for (const name of ['full-ft', 'bitfit', 'ia3', 'vera']) {
    expect(refused(optimizer, name), name).toMatch(
      /low-rank .*, and no tensor that is trained is marked as one \(.* is a .*\): choose a method that trains one, such as LoRA, or another optimizer$/,
    );
  }
  // MiCA trains A alone.
  expect(refused(optimizer, 'mica')).toContain('lora_A');
  for (const name of [...withFactors, 'ffa-lora', 'peanut']) {
    expect(refused(optimizer, name), name).toBeUndefined();
  }
});

it.each(withFactors)('gradnormlorp projects the factors of %s, whatever their names', (name) => {
  expect(refused('gradnormlorp', name, { subspaceRank: 1 })).toBeUndefined();
});

it('gradnormlorp is refused where no factor is marked as such', () => {
  expect(refused('gradnormlorp', 'ia3', { subspaceRank: 1 })).toMatch(/marked as factors .*, and none is trained/);
});

it('takes A alone where it is told to scale it too', () => {
  expect(refused('allora', 'mica', { applyToA: true })).toBeUndefined();
});

it('needs matrices for the lengths of columns, and takes factors in blocks for the rate alone', () => {
  expect(refused('lora-plus', 'gralora')).toBeUndefined();
  expect(refused('allora', 'gralora')).toContain('gralora_A');
});

it.each([
  { method: 'lora', factor: 'lora_B' },
  { method: 'bd-lora', factor: 'bdlora_B' },
  { method: 'gralora', factor: 'gralora_B' },
])('moves $factor of $method sixteen times as far as AdamW does', async ({ method, factor }) => {
  const base = tinyBase();
  const options = { steps: 1, learningRate: 1e-3 };
  const run = (name: string) => {
    const optimizer = { name, config: { weightDecay: 0 } };
    return trainTiny({ engine, base, method, config: {}, optimizer, options });
  };
  const [plain, faster] = [(await run('adamw')).adapter.tensors, (await run('lora-plus')).adapter.tensors];
  base.dispose();
  const [ofFactor, others] = [true, false].map((own) =>
    [...plain].filter(([path]) => path.endsWith(`.${factor}`) === own),
  );
  expect(ofFactor!.length).toBeGreaterThan(0);
  for (const [path, { values }] of ofFactor!) {
    // It begins at 0: the value is the step.
    const moved = faster.get(path)!.values;
    values.forEach((value, index) => void expect(moved[index]).toBeCloseTo(16 * value, 6));
    expect(values.some((value) => value !== 0)).toBe(true);
  }
  for (const [path, { values }] of others!) {
    if (path.endsWith('_A')) expect(faster.get(path)!.values, path).toEqual(values);
  }
});
