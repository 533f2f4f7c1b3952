/** @file Bases that hold kernels as two factors: they compute what the whole kernels would, and take less memory. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { casesOf } from '../../../test/support/full.js';
import type { Method } from '../src/method.js';
import { linearLayers } from '../src/models/config.js';
import { findMethod, methods } from '../src/registry.js';
import { readAdapter } from '../src/training/adapter.js';
import { refusal } from '../src/training/refusals/refusal.js';
import { needsWholeKernels } from '../src/training/whole-kernels.js';
import { capabilitiesOf, oneOfEach } from './support/capabilities.js';
import { relativeError } from './support/close.js';
import { companionsOf } from './support/companions.js';
import { bytesOf, compressed, linearTargets, logitsOf, predicted, roomy, run, sequence } from './support/factors.js';
import { openedEngine } from './support/opened-engine.js';
import { smallModels } from './support/small-models.js';

openedEngine('wasm');

it('holds kernels as the factors that a compression leaves, and gives their product to who asks for a kernel', async () => {
  const { adapter, whole, held } = await compressed(roomy, 'afm', { ratio: 0.5 });
  const layers = linearLayers(held.config);
  // A ratio of half leaves ⌊0.5·in·out / (in + out)⌋: 16 of 64 × 64, 21 of 64 × 128 and of 64 × 256 as many as fit.
  const ranks = layers.map(({ shape }) => Math.floor((0.5 * shape.in * shape.out) / (shape.in + shape.out)));
  expect(layers.map(({ shape }) => shape.factorRank)).toEqual(ranks);
  expect(linearLayers(whole.config).map(({ shape }) => shape.factorRank)).toEqual(layers.map(() => undefined));
  const { tensors } = readAdapter(adapter);
  for (const { path, shape } of layers) {
    expect(held.host(`${path}.kernel_A`).values).toEqual(tensors.get(`${path}.factor_A`)!.values);
    expect(held.host(`${path}.kernel_B`).shape).toEqual([shape.factorRank, shape.out]);
    expect(relativeError(held.host(`${path}.kernel`).values, whole.host(`${path}.kernel`).values)).toBeLessThan(1e-6);
    // The shift of the bias is in the bias.
    expect(held.host(`${path}.bias`)).toEqual(whole.host(`${path}.bias`));
    expect(held.kernel(`${path}.kernel`).to1DArray()).toEqual(Array.from(held.host(`${path}.kernel`).values));
  }
  const saved = layers.reduce(
    (sum, { shape }, i) => sum + shape.in * shape.out - ranks[i]! * (shape.in + shape.out),
    0,
  );
  expect(bytesOf(whole.config) - bytesOf(held.config)).toBe(4 * saved);
});

it.each(['svd', 'asvd', 'svd-llm', 'afm', 'welore', 'pela', 'lowrank-pretrain'])('%s leaves factors', async (name) => {
  const { whole, held } = await compressed(roomy, name);
  const ranks = Object.values(held.config.factorRanks!);
  expect(ranks.length).toBeGreaterThan(0);
  expect(bytesOf(held.config)).toBeLessThan(bytesOf(whole.config));
});

it('multiplies factors that save nothing', async () => {
  const { held } = await compressed(roomy, 'svd', { rank: 40, allowGrowth: true });
  // 40·(64 + 64) are more than 64·64, and 40·(64 + 256) fewer than 64·256.
  const small = linearLayers(held.config).filter(({ shape }) => shape.in === shape.out);
  expect(small.map(({ shape }) => shape.factorRank)).toEqual(small.map(() => undefined));
  expect(Object.keys(held.config.factorRanks!)).toHaveLength(linearLayers(held.config).length - small.length);
});

describe.each(smallModels.map((setting) => ({ setting, label: setting.model.architecture })))(
  'on $label in factors',
  ({ setting }) => {
    let bases: Awaited<ReturnType<typeof compressed>>;
    beforeAll(async () => {
      bases = await compressed(setting, 'svd', { ratio: 0.5 });
    });
    afterAll(() => {
      bases.whole.dispose();
      bases.held.dispose();
    });

    it('LoRA computes and trains as on the whole kernels', async () => {
      const lora = findMethod('lora');
      const [whole, held] = [await run(bases.whole, lora, setting), await run(bases.held, lora, setting)];
      expect(relativeError(held.losses, whole.losses)).toBeLessThan(1e-5);
      const [theirs, ours] = [whole, held].map(({ adapter }) => readAdapter(adapter!).tensors);
      // By plain SGD from B = 0, what B is after a step is its gradient.
      for (const [path, { values }] of theirs!) {
        expect(relativeError(ours!.get(path)!.values, values), path).toBeLessThan(1e-5);
      }
      const by = { method: lora, adapter: held.adapter! };
      expect(relativeError(logitsOf(bases.held, setting, by), logitsOf(bases.whole, setting, by))).toBeLessThan(1e-5);
    });
  },
);

describe('every method on kernels in factors', () => {
  let bases: Awaited<ReturnType<typeof compressed>>;
  beforeAll(async () => {
    bases = await compressed(roomy, 'svd', { ratio: 0.5 });
  });
  afterAll(() => {
    bases.whole.dispose();
    bases.held.dispose();
  });

  const reasonOf = (method: Method) =>
    needsWholeKernels({
      model: bases.held.config,
      method,
      config: method.config.parse({}),
      targets: linearTargets(roomy.model),
    });

  it('says why it needs whole kernels', () => {
    const reasons = new Map<string, string[]>();
    for (const method of methods) {
      const reason = reasonOf(method);
      if (reason !== undefined) reasons.set(reason, [...(reasons.get(reason) ?? []), method.name]);
    }
    expect(Object.fromEntries(reasons)).toEqual({
      'trains kernels': ['full-ft', 'trp', 'partial-ft'],
      'computes with kernels, not only with what comes out of them': [
        'dora',
        'gradnormlorp',
        'supermask',
        'bone-bat',
        'hira',
        'peanut',
        'glora',
      ],
      'begins with other kernels in their place': [
        ...['pissa', 'olora', 'lora-ga', 'loldu', 'svfit', 'lamda', 'lamda-pp', 'ba-lora', 'eora'],
      ],
      'asks for the gradients of kernels': ['lora-sb'],
      'reads kernels between steps': ['lora-ggpo', 'loraprune'],
      'takes heads and units out of kernels': ['loram'],
    });
  });

  /** Their first values have directions that kernels do not read, which are any where there are some. */
  const fromLastVectors = ['mica', 'osf', 'frod'];
  const adapts = ({ name, purposes = ['finetune'] }: Method) =>
    purposes.includes('finetune') && !fromLastVectors.includes(name);
  const trainable = methods.filter((method) => {
    const config = method.config.parse({});
    const targets = linearTargets(roomy.model);
    const { plan } = companionsOf(method, { model: roomy.model, targets, config });
    return refusal({ model: roomy.model, method, config, targets, sequence, ...plan }) === undefined;
  });
  const kinds = casesOf('methods on kernels in factors', trainable, oneOfEach(trainable, capabilitiesOf));
  it.each(kinds.map((method) => ({ name: method.name, method })))(
    'of $name is refused with that, or trains as on the whole ones in the memory that is predicted',
    async ({ method }) => {
      const reason = reasonOf(method);
      if (reason !== undefined) {
        await expect(run(bases.held, method, roomy)).rejects.toThrow(
          `${method.name} ${reason}, and the base holds some as two factors: take it with whole kernels`,
        );
        return;
      }
      const [whole, held] = [await run(bases.whole, method, roomy), await run(bases.held, method, roomy)];
      expect(relativeError(held.losses, whole.losses)).toBeLessThan(1e-5);
      // What decomposes kernels draws vectors where these have none; what adapts them ends at the same numbers.
      const [theirs, ours] = [whole, held].map(({ adapter }) => readAdapter(adapter!).tensors);
      for (const [path, { values }] of adapts(method) ? theirs! : []) {
        // Softmax does not see the bias of keys: its gradient is rounding.
        if (/key\.\w*bias$/.test(path)) continue;
        expect(relativeError(ours!.get(path)!.values, values), path).toBeLessThan(1e-5);
      }
      const prediction = predicted(bases.held, method, held);
      expect(Math.abs(prediction.total / held.peak.total - 1)).toBeLessThan(0.05);
      expect(prediction.weights).toBe(held.peak.weights);
      // What replaces kernels itself holds none of the base's, whole or not.
      if (!method.weight?.replacesKernel) expect(held.peak.total).toBeLessThan(0.98 * whole.peak.total);
    },
    240_000,
  );
});
