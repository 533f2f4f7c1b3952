/** @file Walks over blocks that are alike, once, against walks over every block. */
import { describe, expect, test } from 'vitest';
import { likeBefore } from '../src/memory/alike.js';
import { gradientMoments } from '../src/memory/calibration.js';
import { peakOf } from '../src/memory/moment.js';
import type { OperationCost } from '../src/memory/operation-cost.js';
import { keptOf } from '../src/memory/pass-order.js';
import { passMoments } from '../src/memory/passes.js';
import { type TraceInput, traceStep } from '../src/memory/trace.js';
import type { ModelConfig } from '../src/models/config.js';
import { findMethod, methods } from '../src/registry.js';
import { planTrial } from '../src/training/plan.js';
import { refusal } from '../src/training/refusals/refusal.js';
import { everyTarget, smallModels } from './support/small-models.js';

const deep = smallModels.map(({ model, classes }) => ({ model: { ...model, layers: 9 }, classes }));
const none = { kept: 0, gradients: 0, outputs: 0 };

interface Trial {
  model: ModelConfig;
  classes?: number | undefined;
  method: string;
  config?: object;
}

function planned({ model, classes, method: name, config: given = {} }: Trial) {
  const method = findMethod(name);
  const config = method.config.parse({ ...(method.usesRank ? { rank: 4 } : {}), ...given });
  const asked = { model, method, config, targets: everyTarget(model, method), ...(classes ? { classes } : {}) };
  return refusal(asked) === undefined ? { ...asked, plan: planTrial(asked) } : undefined;
}

/** All that a prediction takes of a walk. */
function readOf(costs: readonly OperationCost[]) {
  const all = costs.flatMap((cost) => [cost, ...(cost.again ?? [])]);
  const products = all.map(({ multiplyAdds }) => multiplyAdds);
  const said = products.flatMap((each) => (each === 'unsaid' ? [] : [each]));
  return {
    forward: Math.max(...costs.map(({ forward }) => forward)),
    training: peakOf(passMoments(costs, none, 0)),
    selection: peakOf(gradientMoments(costs)),
    kept: keptOf(costs),
    gradients: all.reduce((sum, { gradients }) => sum + gradients, 0),
    products:
      said.length === products.length && said.reduce((sum, { forward, backward }) => sum + forward + backward, 0),
  };
}

describe('a walk over blocks that are alike', () => {
  test.each(deep.map((of) => [of.model.architecture, of] as const))(
    'has the peak and the sums of a walk over every block of %s',
    (_, of) => {
      let [shorter, trials] = [0, 0];
      for (const { name } of methods) {
        const asked = planned({ ...of, method: name });
        if (asked === undefined) continue;
        for (const checkpointing of ['none', 'block'] as const) {
          const input: TraceInput = { ...asked, batchSize: 2, sequence: 12, dropout: 0.1, checkpointing };
          const [once, whole] = [traceStep({ ...input, alikeOnce: true }), traceStep(input)];
          expect(readOf(once), `${name}, checkpointing ${checkpointing}`).toEqual(readOf(whole));
          trials++;
          if (once.length < whole.length) shorter++;
        }
      }
      // The rest has blocks that all differ, as where half of them are frozen.
      expect(shorter / trials).toBeGreaterThan(0.8);
    },
  );

  test('finds where it is like the block before: not the last one, which makes the gradients of what all share', () => {
    const [{ model }] = deep as [(typeof deep)[0]];
    const likes = (trial: Omit<Trial, 'model'>) => likeBefore(planned({ model, ...trial })!, model);
    const all = Array.from({ length: 8 }, () => true);
    expect(likes({ method: 'lora' })).toEqual([false, ...all]);
    expect(likes({ method: 'vera' })).toEqual([false, ...all.slice(1), false]);
    expect(likes({ method: 'partial-ft', config: { frozen: 3 } })).toEqual([
      false,
      true,
      true,
      false,
      ...all.slice(0, 5),
    ]);
  });

  test.each([0, 1, 4, 8])('tells %d blocks that read parts of rows apart from those after them', (apartBlocks) => {
    const of = deep.find(({ model }) => model.architecture === 'bert')!;
    const asked = planned({ ...of, method: 'lora' })!;
    const apart = { blocks: apartBlocks, queryTokens: 4 };
    const likes = likeBefore({ ...asked, apart }, asked.model);
    expect(likes.flatMap((like, index) => (like ? [] : [index]))).toEqual([...new Set([0, apartBlocks])]);
    for (const checkpointing of ['none', 'block'] as const) {
      const options = { apartBlocks, queryTokens: 4, checkpointing };
      const input: TraceInput = { ...asked, ...options, batchSize: 2, sequence: 12, dropout: 0.1 };
      expect(readOf(traceStep({ ...input, alikeOnce: true })), checkpointing).toEqual(readOf(traceStep(input)));
    }
  });

  test('finds no likeness in layers of allocated ranks', () => {
    const [{ model }] = deep as [(typeof deep)[0]];
    const { plan, ...asked } = planned({ model, method: 'asvd' })!;
    const ranks = Object.fromEntries(plan.layers.map(({ path }, index) => [path, 1 + (index % 3)]));
    expect(likeBefore({ model, plan: planTrial({ ...asked, ranks }) }, model)).not.toContain(true);
  });
});
