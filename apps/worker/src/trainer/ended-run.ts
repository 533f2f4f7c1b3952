/** @file How a run that trains ends on a worker, whether it is one training or a federation. */
import { exceedsBudget, type MemoryByPart, MIB, type Scores } from '@rankforge/contracts';
import type { FederationResult } from '@rankforge/federated';
import type { TrainResult } from '@rankforge/peft';
import { mayGoOn } from '../trial/executor.js';
import { keepCheckpoint } from './checkpoints.js';
import type { Finished, Tools } from './kinds/kind.js';

interface Run {
  /** For people, such as `training of <id>`. */
  of: string;
  result: Pick<TrainResult, 'overBudget' | 'checkpoint'> & {
    outcome: (TrainResult | FederationResult)['outcome'];
    peak: MemoryByPart;
    validation?: Scores | undefined;
  };
  /** The file of what it trained. */
  adapter: Uint8Array | undefined;
  /** The step that it came to. */
  step: number;
  /** The place that it came to, for people, such as `at step 5`. */
  at: string;
}

/** The outcome of a run that was neither stopped nor over its budget. */
interface Trained {
  adapter: Uint8Array;
  validation: Scores;
}

/**
 * The end of a run: over its budget, stopped with its checkpoint kept where it may go on from it, or what `succeeded` makes of it.
 *
 * @throws Error where it ended without an adapter
 */
export async function endedRun(
  { of, result, adapter, step, at }: Run,
  tools: Tools,
  succeeded: (trained: Trained) => Promise<Finished>,
): Promise<Finished> {
  const { outcome, overBudget, peak, checkpoint, validation } = result;
  if (overBudget) {
    return {
      kind: 'over-budget',
      reason: `${exceedsBudget('measured', peak, overBudget.budgetBytes / MIB)}, ${at}`,
      measured: peak,
      dominantPart: overBudget.part,
    };
  }
  if (outcome === 'stopped') {
    if (checkpoint && mayGoOn(tools.signal.reason) && step > 0) await keepCheckpoint(tools, checkpoint, step);
    return { kind: 'stopped' };
  }
  if (!adapter || !validation) throw new Error(`${of} ended without an adapter`);
  return succeeded({ adapter, validation });
}
