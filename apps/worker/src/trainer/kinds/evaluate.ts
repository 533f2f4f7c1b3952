import type { ProcedureReport } from '@rankforge/contracts';
import { callsOf, findMethod, type ProcedureScores, scoreProcedure } from '@rankforge/peft';
import { openGenerator } from '../open-generator.js';
import type { Finished, TrialRunner } from './kind.js';

interface Scored extends ProcedureScores {
  report: ProcedureReport;
  seconds: number;
}

/** Scores of a procedure on a split; undefined where the run was stopped: what was answered so far is on its cassette. */
async function scored(
  split: 'validation' | 'test',
  ...[{ spec }, prepared, tools]: Parameters<TrialRunner['run']>
): Promise<Scored | undefined> {
  const started = performance.now();
  const of = { method: findMethod(spec.method), config: spec.methodConfig, data: prepared.data, split };
  const { generator, meter, close } = await openGenerator(spec, prepared, tools, callsOf(of));
  try {
    const scores = await scoreProcedure({
      ...of,
      seed: spec.seed,
      generator,
      turn: tools.turn,
      onQuery() {
        tools.signs.other();
        tools.signal.throwIfAborted();
      },
    });
    const { asked } = scores;
    const { replayed, tokens, seconds } = meter.used;
    const queries = prepared.data[split].size;
    const agreement = asked.pairs === 0 ? null : asked.agreeing / asked.pairs;
    if (generator) tools.reports.log(`${meter.used.calls} calls, ${replayed} of them known from earlier runs`);
    return {
      ...scores,
      report: { queries, calls: asked.calls, replayed, tokens, seconds, agreement },
      seconds: (performance.now() - started) / 1000,
    };
  } catch (error) {
    if (tools.signal.aborted) return undefined;
    throw error;
  } finally {
    await close();
  }
}

const stopped: Finished = { kind: 'stopped' };

/** Scores a procedure on validation. */
export const evaluate: TrialRunner = {
  async run(...order) {
    const scores = await scored('validation', ...order);
    if (!scores) return stopped;
    const { metrics, report, seconds } = scores;
    return {
      kind: 'succeeded',
      step: 0,
      result: { validation: metrics, trainableParameters: 0, procedure: report, seconds },
    };
  },
};

/** Reads the test split once for it. */
export const evaluateTest: TrialRunner = {
  async run(...order) {
    const scores = await scored('test', ...order);
    if (!scores) return stopped;
    const { metrics, examples, report, seconds } = scores;
    const exampleScores = Object.fromEntries(Object.entries(examples).map(([name, all]) => [name, Array.from(all)]));
    return { kind: 'succeeded', step: 0, result: { test: metrics, procedure: report, seconds }, exampleScores };
  },
};
