/** @file Trainers that are kept between trials. */
import { dominantPart } from '@rankforge/contracts';
import type { Executor, Order, Reports, RunOutcome, SharedPlace } from '../trial/executor.js';
import { type TrainerOptions, TrainerProcess, warmth } from './trainer-process.js';

/**
 * Runs each order in a process of its own, or those of a pack in one, and keeps the process for the next order: best one
 * that has the same base model on the same engine. There are as many as ran at once; who calls limits that (the device
 * ledger).
 */
export class TrainerPool implements Executor {
  private readonly idle: TrainerProcess[] = [];
  private readonly all = new Set<TrainerProcess>();
  /** Orders that run now, in whatever process. */
  private running = 0;

  constructor(private readonly options: TrainerOptions & { onDeath?(reason: string): void }) {}

  async run(order: Order, reports: Reports, signal: AbortSignal): Promise<RunOutcome> {
    const place = this.share();
    try {
      return await place.run(order, reports, signal);
    } finally {
      place.close();
    }
  }

  share(): SharedPlace {
    let trainer: TrainerProcess | undefined;
    return {
      run: (order, reports, signal) => {
        trainer ??= this.take(order);
        return this.runIn(trainer, { order, reports, signal });
      },
      close: () => {
        if (trainer?.usable) this.idle.push(trainer);
      },
    };
  }

  /** Processes that are alive, for tests and figures. */
  get pids(): number[] {
    return [...this.all].flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
  }

  /** Ends every trainer. Orders that still run end as `died`. */
  async close(): Promise<void> {
    await Promise.all([...this.all].map((trainer) => trainer.close()));
  }

  private async runIn(
    trainer: TrainerProcess,
    { order, reports, signal }: { order: Order; reports: Reports; signal: AbortSignal },
  ): Promise<RunOutcome> {
    this.running += 1;
    const outcome = await trainer.execute(order, reports, signal).finally(() => {
      this.running -= 1;
    });
    if (outcome.kind !== 'died') return outcome;
    this.options.onDeath?.(outcome.reason);
    // Memory that ran out is a finding about the trial, the same at the next attempt, where nobody else can be the cause:
    // neither in its process nor, where the kernel chose whom to kill, in another.
    const own = outcome.beside === 0 && (!outcome.byKernel || this.running === 0);
    return outcome.outOfMemory && own
      ? {
          kind: 'over-budget',
          reason: overMemory(order, outcome.reason),
          dominantPart: dominantPart(order.predicted),
        }
      : outcome;
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

const overMemory = ({ predicted, budgetBytes }: Order, reason: string) =>
  `${reason}; predicted were ${predicted.total} bytes, within the budget of ${budgetBytes}`;
