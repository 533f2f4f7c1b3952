import { sweepKindOf } from '@rankforge/contracts';
import { countFlips, findMethod, serveAt } from '@rankforge/peft';
import { storePlaces } from '../answers-file.js';
import { clientReport, leavesAdapterSet, siteScores, testScores } from '../client-scores.js';
import { encodingLog } from '../log-lines.js';
import type { TrialRunner } from './kind.js';

/** Reads the test split once, with the adapter of a trained trial. */
export const score: TrialRunner = {
  async run(order, prepared, tools) {
    const { model, data, task, forgettingScores, trivial, before } = prepared;
    const { spec } = order;
    const { turn, signs } = tools;
    if (!order.adapter) throw new Error(`trial ${order.trialId} scores an adapter, and none was given`);
    const started = performance.now();
    const method = findMethod(spec.method);
    const trained = await tools.store.read(order.adapter.sha256);
    const { rank } = spec;
    const { batchSize } = spec.training;
    const adapter = method.serves && rank !== null ? serveAt(method, trained, rank) : trained;
    const onEncoded = encodingLog(tools.reports.log);
    const of = { model, method, data, batchSize, turn, onEncoded };
    const scored = task.sites ? await siteScores(order, prepared, tools) : await testScores(spec, adapter, of);
    if ('kind' in scored) return scored;
    const { examples, metrics, byClient, places } = scored;
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
    // Nobody reads the answers of examples that lie at sites.
    const reference = task.sites ? undefined : trivial();
    const flips = teacher && (await countFlips({ ...of, adapter, split: 'test' }, teacher));
    const placed = await storePlaces('test', { places, queries: data.test.queries }, tools);
    if (placed === 'stopped') return { kind: 'stopped' };
    return {
      kind: 'succeeded',
      step: order.adapter.step,
      ...placed,
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
