/** @file Runs one order in the trainer's process, as its kind of trial says. */
import { dominantPart, engineRecord } from '@rankforge/contracts';
import { detailOf } from '@rankforge/generators';
import { DivergedError, type StepEvent } from '@rankforge/peft';
import { NotOnCardError, requireGivenCard } from '../device/visible.js';
import type { Order } from '../trial/executor.js';
import type { Finished, Tools } from './kinds/kind.js';
import { trialRunners } from './kinds/registry.js';
import { saysOutOfMemory } from './out-of-memory.js';
import { onRunner } from './runner/kinds.js';
import { RunnerDiedError } from './runner/runner-process.js';
import { mayPass, throughStorageAway } from './storage-away.js';

/**
 * Runs an order to its end. What goes wrong with the trial is an outcome, never an exception.
 * @throws NotOnCardError where this process cannot use the card it was given, and is of no use to any order
 * @throws RunnerDiedError where the program that trained is gone: the order may be tried again
 */
export async function execute(order: Order, tools: Tools): Promise<Finished & { retire?: boolean }> {
  let last: StepEvent | undefined;
  const note = (event: StepEvent) => {
    last = event;
    tools.signs.stepped();
  };
  const attempt = async () => {
    tools.signs.other();
    const own = trialRunners[order.kind];
    if ('runAlone' in own) return own.runAlone(order, tools);
    const prepared = await tools.session.prepare(order);
    try {
      requireGivenCard(prepared.engine);
      tools.reports.log(`engine ${prepared.engine.name} on ${prepared.engine.device}`);
      const { runner } = engineRecord(order.spec.engine);
      const kind = (runner && onRunner[order.kind]) ?? own;
      return await kind.run(order, prepared, tools, note);
    } finally {
      prepared.release();
    }
  };
  try {
    // Once a step is reported the run cannot begin anew: its rows would be there twice.
    return await throughStorageAway('a file cannot be read', attempt, tools, () => last === undefined);
  } catch (thrown) {
    if (tools.signal.aborted && mayPass(thrown)) return { kind: 'stopped' };
    if (thrown instanceof NotOnCardError || thrown instanceof RunnerDiedError) throw thrown;
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    if (saysOutOfMemory(error.message)) {
      const where = last
        ? `after step ${last.step}, at a measured peak of ${last.peakBytes} bytes`
        : 'before the first step';
      return {
        kind: 'over-budget',
        reason: `the device ran out of memory ${where} (predicted ${order.predicted.total} bytes, budget ${order.budgetBytes}): ${error.message}`,
        dominantPart: dominantPart(order.predicted),
        // The engine's heap may be left in any state.
        retire: true,
      };
    }
    const came = detailOf(error);
    if (came !== undefined) tools.reports.forAdministrators(`${error.message}; what came: ${came}`);
    if (!(error instanceof DivergedError)) tools.reports.log(error.stack ?? error.message);
    return { kind: 'failed', reason: error.message };
  }
}
