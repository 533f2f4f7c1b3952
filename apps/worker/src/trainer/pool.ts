/** @file Trainers that are kept between trials. */
import { dominantPart } from '@rankforge/contracts';
import type { Execution, Executor, Order, Reports } from '../trial/executor.js';
import { type TrainerOptions, TrainerProcess, warmth } from './trainer-process.js';

/**
 * Runs each order in a process of its own, and keeps the process for the next order: best one that has the same base
 * model on the same engine. There are as many as orders ran at once; who calls limits that (the device ledger).
 */
export class TrainerPool implements Executor {
  private readonly idle: TrainerProcess[] = [];
  private readonly all = new Set<TrainerProcess>();

  constructor(private readonly options: TrainerOptions & { onDeath?(reason: string): void }) {}

  async run(order: Order, reports: Reports, signal: AbortSignal): Promise<Execution> {
    const trainer = this.take(order);
    const execution = await trainer.execute(order, reports, signal);
    if (trainer.usable) this.idle.push(trainer);
    if (execution.kind !== 'died') return execution;
    this.options.onDeath?.(execution.reason);
    // A device that cannot hold the trial is a finding about the trial, and would be the same at the next attempt.
    return execution.outOfMemory
      ? { kind: 'over-budget', reason: execution.reason, dominantPart: dominantPart(order.predicted) }
      : execution;
  }

  /** Processes that are alive, for tests and figures. */
  get pids(): number[] {
    return [...this.all].flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
  }

  /** Ends every trainer. Orders that still run end as `died`. */
  async close(): Promise<void> {
    await Promise.all([...this.all].map((trainer) => trainer.close()));
  }

  private take(order: Order): TrainerProcess {
    const usable = this.idle.filter((trainer) => trainer.usable);
    const chosen = usable.find((trainer) => trainer.warm === warmth(order)) ?? usable[0] ?? this.start();
    this.idle.splice(0, this.idle.length, ...usable.filter((trainer) => trainer !== chosen));
    return chosen;
  }

  private start(): TrainerProcess {
    const trainer = new TrainerProcess(this.options);
    this.all.add(trainer);
    void trainer.exited.then(() => this.all.delete(trainer));
    return trainer;
  }
}
