/** @file An order that a runner of the session runs, with what becomes of its end. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beyondRunner, dominantPart, type RunnerReady } from '@rankforge/contracts';
import { DivergedError } from '@rankforge/peft';
import type { Order, StopReason } from '../../trial/executor.js';
import type { Finished, Tools } from '../kinds/kind.js';
import type { RunnerLine, RunnerOrder, RunnerProcess } from './runner-process.js';

/** Time in which a runner ends its order once it was told to; a step is the longest that it may take. */
const stopsWithinMs = 15_000;

/** How a conversation about an order ended. */
export type Conversation = Awaited<ReturnType<RunnerProcess['run']>>;

/**
 * Has the session's runner run an order. It is kept for the next one, unless it is gone.
 *
 * @param take may ask for a stop
 */
export async function inConversation(
  { trialId, spec }: Order,
  { session, reports, signal, signs }: Tools,
  order: RunnerOrder,
  take: (line: RunnerLine) => Promise<StopReason | 'over-budget' | undefined>,
): Promise<Conversation> {
  const runner = await session.runners.take(spec.engine, reports.log);
  const stop = () => runner.stop(signal.reason as StopReason, stopsWithinMs);
  signal.addEventListener('abort', stop, { once: true });
  try {
    const ready = await runner.greeting();
    const { releases } = ready;
    reports.log(
      `runner with ${Object.entries(releases)
        .map(([name, release]) => `${name} ${release}`)
        .join(', ')}`,
    );
    await requireAble(ready, order);
    let isStopping = false;
    const ended = runner.run(trialId, order, async (line) => {
      if (line.type !== 'progress') signs.other();
      const reason = await take(line);
      if (reason === undefined || isStopping) return;
      isStopping = true;
      runner.stop(reason, stopsWithinMs);
    });
    if (signal.aborted) stop();
    return await ended;
  } catch (error) {
    // Nobody knows what it does now.
    runner.end();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
    session.runners.giveBack(spec.engine, runner);
  }
}

/** @throws Error naming the field of an order that the runner did not announce to be able to do */
async function requireAble({ runner, ...able }: RunnerReady, order: RunnerOrder): Promise<void> {
  const config = JSON.parse(await readFile(join(order.adapter, 'adapter_config.json'), 'utf8'));
  const beyond = beyondRunner(`the runner ${runner}`, able, {
    peftType: String(config.peft_type),
    dtype: order.base.dtype,
    ...(order.type === 'run' && { optimizer: order.optimizer.name }),
  });
  if (beyond) throw new Error(`${beyond.field}: ${beyond.message}`);
}

/**
 * What an end comes to that left nothing: undefined words are those of a training that completed, or stopped.
 *
 * @throws DivergedError, or Error with what the runner says
 */
export function endingOf(order: Order, ended: Conversation): Finished | Conversation {
  const reason = ended.reason ?? 'it says no reason';
  switch (ended.outcome) {
    case 'completed':
    case 'stopped':
      return ended;
    case 'diverged':
      throw new DivergedError(ended.step, reason);
    case 'out-of-memory':
      return {
        kind: 'over-budget',
        reason: `the runner ran out of memory after step ${ended.step} (predicted ${order.predicted.total} bytes, budget ${order.budgetBytes}): ${reason}`,
        dominantPart: dominantPart(order.predicted),
      };
    case 'failed':
      throw new Error(`the runner failed: ${reason}`);
  }
}
