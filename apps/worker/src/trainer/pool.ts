/** @file Trainers that are kept between trials. */
import { dominantPart } from '@rankforge/contracts';
import type { Executor, Order, Reports, RunOutcome, SharedPlace } from '../trial/executor.js';
import { hostDevice, type TrainerDevice, type TrainerOptions, TrainerProcess, warmth } from './trainer-process.js';

/**
 * Runs each order in a process of its own, or those of a pack in one, and keeps the process for the next order: best one
 * that has the same base model on the same engine. There are as many as ran at once; who calls limits that (the device
 * ledger).
 *
 * A process computes on one device and sees no other. On a card it keeps what it took until it ends, as TensorFlow's pool
 * does, while its reservation is given back after each order. An idle one is therefore used again on a card only for an order
 * that needs as much, and ended before another process begins there.
 */
export class TrainerPool implements Executor {
  private readonly idle: TrainerProcess[] = [];
  private readonly all = new Set<TrainerProcess>();
  /** Orders that run now, in whatever process. */
  private running = 0;
  /** Processes that end on a card to make room there, by device. */
  private readonly closing = new Map<string, Set<Promise<void>>>();

  constructor(private readonly options: Omit<TrainerOptions, 'device'> & { onDeath?(reason: string): void }) {}

  /** Runs orders on one device. */
  on(device: TrainerDevice): Executor {
    return {
      run: (order, reports, signal) => this.run(order, reports, signal, device),
      share: () => this.share(device),
    };
  }

  async run(order: Order, reports: Reports, signal: AbortSignal, device?: TrainerDevice): Promise<RunOutcome> {
    const place = this.share(device);
    try {
      return await place.run(order, reports, signal);
    } finally {
      place.close();
    }
  }

  share(device: TrainerDevice = hostDevice): SharedPlace {
    let trainer: TrainerProcess | undefined;
    return {
      run: (order, reports, signal) => {
        trainer ??= this.take(order, device);
        return this.runIn(trainer, { order, reports, signal });
      },
      close: () => {
        if (trainer?.usable) this.idle.push(trainer);
      },
    };
  }

  /** Kills the processes of a device that is gone. Those of other devices go on. */
  giveUp(deviceId: string, reason: string): void {
    for (const trainer of this.all) if (trainer.device.id === deviceId) trainer.kill(reason);
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
    const outcome = await this.roomOn(trainer.device)
      .then(() => trainer.execute(order, reports, signal))
      .finally(() => {
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

  private take(order: Order, device: TrainerDevice): TrainerProcess {
    const usable = this.idle.filter((trainer) => trainer.usable);
    const here = usable.filter((trainer) => trainer.device.id === device.id);
    const keepsMemory = device.kind === 'cuda';
    const fitting = keepsMemory ? here.filter(({ mostBytes }) => mostBytes <= order.predicted.total) : here;
    const chosen = fitting.find((trainer) => trainer.warm === warmth(order)) ?? fitting[0];
    const ended = keepsMemory ? here.filter((trainer) => trainer !== chosen) : [];
    for (const trainer of ended) this.end(trainer);
    this.idle.splice(0, this.idle.length, ...usable.filter((each) => each !== chosen && !ended.includes(each)));
    return chosen ?? this.start(device);
  }

  private end(trainer: TrainerProcess): void {
    const { id } = trainer.device;
    const closing = this.closing.get(id) ?? new Set();
    const closed = trainer.close().finally(() => closing.delete(closed));
    this.closing.set(id, closing.add(closed));
  }

  /** Resolves when what ends on a device has given back its memory. */
  private async roomOn({ id }: TrainerDevice): Promise<void> {
    await Promise.all(this.closing.get(id) ?? []);
  }

  private start(device: TrainerDevice): TrainerProcess {
    const trainer = new TrainerProcess({ ...this.options, device });
    this.all.add(trainer);
    void trainer.exited.then(() => this.all.delete(trainer));
    return trainer;
  }
}

const overMemory = ({ predicted, budgetBytes }: Order, reason: string) =>
  `${reason}; predicted were ${predicted.total} bytes, within the budget of ${budgetBytes}`;
