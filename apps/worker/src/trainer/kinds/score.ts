import { sweepKindOf } from '@rankforge/contracts';
import { countFlips, findMethod, serveAt } from '@rankforge/peft';
import { clientReport, leavesAdapterSet, testScores } from '../client-scores.js';
import type { TrialRunner } from './kind.js';

/** Reads the test split once, with the adapter of a trained trial. */
export const score: TrialRunner = {
  async run(order, { model, data, task, forgettingScores, trivial, before }, tools) {
    const { spec } = order;
    const { turn, signs } = tools;
    if (!order.adapter) throw new Error(`trial ${order.trialId} scores an adapter, and none was given`);
    const started = performance.now();
    const method = findMethod(spec.method);
    const trained = await tools.store.read(order.adapter.sha256);
    const { rank } = spec;
    const { batchSize } = spec.training;
    const adapter = method.serves && rank !== null ? serveAt(method, trained, rank) : trained;
    const of = { model, method, data, batchSize, turn };
    const { examples, metrics, byClient } = await testScores(spec, adapter, of);
    signs.other();
    const forgetting =
      spec.initial === 'random'
        ? fromScratch
        : leavesAdapterSet(spec)
          ? ofEachClient
          : await forgettingScores.measure(method, adapter, batchSize, turn);
    const compressed = sweepKindOf(spec.kind).makesSmaller ? { before: await before(batchSize, turn) } : {};
    signs.other();
    const teacher = spec.teacher && (await tools.session.teacher(spec.teacher));
    const reference = trivial();
    const flips = teacher && (await countFlips({ ...of, adapter, split: 'test' }, teacher));
    return {
      kind: 'succeeded',
      step: order.adapter.step,
      result: {
        test: metrics,
        ...(reference && { trivial: reference }),
        forgetting,
        ...compressed,
        ...(flips ? { flips } : {}),
        ...(byClient && clientReport(byClient, task.metrics)),
        seconds: (performance.now() - started) / 1000,
      },
      exampleScores: Object.fromEntries(Object.entries(examples).map(([name, scores]) => [name, Array.from(scores)])),
    };
  },
};

const fromScratch = { measured: false as const, reason: 'it was trained from scratch: there was nothing to forget' };
const ofEachClient = { measured: false as const, reason: 'each client has an adapter of its own' };
