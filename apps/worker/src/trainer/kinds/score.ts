import { sweepKindOf } from '@rankforge/contracts';
import { countFlips, evaluate, findMethod, serveAt } from '@rankforge/peft';
import type { TrialRunner } from './kind.js';

/** Reads the test split once, with the adapter of a trained trial. */
export const score: TrialRunner = {
  async run(order, { model, data, forgettingScores, trivial, before }, tools) {
    const { turn, signs } = tools;
    if (!order.adapter) throw new Error(`trial ${order.trialId} scores an adapter, and none was given`);
    const started = performance.now();
    const method = findMethod(order.spec.method);
    const trained = await tools.store.read(order.adapter.sha256);
    const { rank } = order.spec;
    const { batchSize } = order.spec.training;
    const adapter = method.serves && rank !== null ? serveAt(method, trained, rank) : trained;
    const { examples, metrics } = await evaluate({ model, method, adapter, data, split: 'test', batchSize, turn });
    signs.other();
    const forgetting =
      order.spec.initial === 'random' ? fromScratch : await forgettingScores.measure(method, adapter, batchSize, turn);
    const compressed = sweepKindOf(order.spec.kind).makesSmaller ? { before: await before(batchSize, turn) } : {};
    signs.other();
    const teacher = order.spec.teacher && (await tools.session.teacher(order.spec.teacher));
    const reference = trivial();
    const flips =
      teacher && (await countFlips({ model, method, adapter, data, split: 'test', batchSize, turn }, teacher));
    return {
      kind: 'succeeded',
      step: order.adapter.step,
      result: {
        test: metrics,
        ...(reference && { trivial: reference }),
        forgetting,
        ...compressed,
        ...(flips ? { flips } : {}),
        seconds: (performance.now() - started) / 1000,
      },
      exampleScores: Object.fromEntries(Object.entries(examples).map(([name, scores]) => [name, Array.from(scores)])),
    };
  },
};

const fromScratch = { measured: false as const, reason: 'it was trained from scratch: there was nothing to forget' };
