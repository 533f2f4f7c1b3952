/** @file Runs a procedure as a trial says: it orders, answers or summarizes, and asks a generator. */
import { type ProcedureReport, priceOf, priceOfGenerator } from '@rankforge/contracts';
import { callsOf, findEvaluator, type OpenVictim, type ProcedureScores, scoreProcedure } from '@rankforge/evaluators';
import type { TrialRunner } from './kinds/kind.js';
import { openEncoder } from './open-encoder.js';
import { openGenerator } from './open-generator.js';
import { openVictim } from './open-victim.js';

export interface Answered extends ProcedureScores {
  reports: { procedure: ProcedureReport };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** @throws Error where its generator cannot be opened or asked, or its calls are used up */
export async function answered(
  split: 'validation' | 'test',
  ...[{ spec }, prepared, tools]: Parameters<TrialRunner['run']>
): Promise<Answered> {
  const of = { evaluator: findEvaluator(spec.method), config: spec.methodConfig, data: prepared.data, split };
  const { generator, meter, close } = await openGenerator(spec, prepared, tools, callsOf(of));
  let encoder: ReturnType<typeof openEncoder>;
  let victim: OpenVictim | undefined;
  try {
    encoder = openEncoder(of, prepared, tools);
    victim = await openVictim(spec, prepared, tools);
    const scores = await scoreProcedure({
      ...of,
      seed: spec.seed,
      generator,
      encode: encoder?.encode,
      scorer: victim?.scores,
      turn: tools.turn,
      onQuery() {
        tools.signs.other();
        tools.signal.throwIfAborted();
      },
    });
    const { asked, answers } = scores;
    const { replayed, tokens, seconds } = meter.used;
    const price = priceOf(tokens, spec.generator && priceOfGenerator(spec.generator));
    const queries = prepared.data[split].size;
    const agreement = asked.pairs === 0 ? null : asked.agreeing / asked.pairs;
    const judged = answers?.filter((one) => one.judged !== undefined) ?? [];
    const right = judged.filter((one) => one.judged === true).length;
    const quests = answers?.flatMap(({ quest }) => quest ?? []) ?? [];
    if (generator) tools.reports.log(`${meter.used.calls} calls, ${replayed} of them known from earlier runs`);
    return {
      ...scores,
      reports: {
        procedure: {
          ...{ queries, calls: asked.calls, replayed, tokens, seconds, agreement },
          ...(judged.length > 0 && { judged: right / judged.length }),
          ...(price !== undefined && { price }),
          ...(quests.length > 0 && {
            quest: { f1: mean(quests.map(({ f1 }) => f1)), recall: mean(quests.map(({ recall }) => recall)) },
          }),
        },
      },
    };
  } finally {
    encoder?.dispose();
    victim?.dispose();
    await close();
  }
}
