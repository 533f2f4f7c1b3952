/** @file Parent side of one forked trainer. */
import { type ChildProcess, fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Execution, Order, Reports, StopReason } from '../trial/executor.js';
import type { FromChild, ToChild } from './messages.js';
import { saysOutOfMemory } from './out-of-memory.js';

export interface TrainerOptions {
  /** Path of the child's module. */
  script: string;
  env: NodeJS.ProcessEnv;
  /** Time a child has to answer a stop before it is killed. A step is the longest it may take. */
  stopWithinMs: number;
}

interface Run {
  reports: Reports;
  end(execution: Execution): void;
}

const keptErrorLines = 20;

/**
 * States: idle (its base model stays warm) → running one order → idle, or gone: a child that dies ends its run as `died`
 * and is not used again.
 */
export class TrainerProcess {
  /** Base model and engine of the last order: an order for the same ones starts at once. */
  warm = '';
  private readonly child: ChildProcess;
  private run: Run | undefined;
  private errors: string[] = [];
  private gone = false;
  readonly exited: Promise<void>;

  constructor(private readonly options: TrainerOptions) {
    this.child = fork(options.script, [], {
      serialization: 'advanced',
      execArgv: [],
      env: { ...withoutServers(process.env), ...options.env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.child.on('message', (message: FromChild) => this.receive(message));
    for (const stream of [this.child.stdout, this.child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => this.noteLine(line));
    }
    this.exited = new Promise((resolve) => {
      // `close` comes after the last line of standard error, unlike `exit`.
      this.child.once('close', (code, signal) => {
        this.end(this.deathOf(code, signal));
        resolve();
      });
      this.child.once('error', (error) => {
        this.end({ kind: 'died', reason: `the training process cannot run: ${error.message}` });
        resolve();
      });
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  get usable(): boolean {
    return !this.gone && this.child.connected;
  }

  /** @throws Error when it runs an order already */
  execute(order: Order, reports: Reports, signal: AbortSignal): Promise<Execution> {
    if (this.run) throw new Error(`training process ${this.pid} has an order already`);
    this.errors = [];
    this.warm = warmth(order);
    let killTimer: NodeJS.Timeout | undefined;
    const stop = () => {
      this.send({ type: 'stop', reason: signal.reason as StopReason });
      killTimer = setTimeout(() => this.kill(), this.options.stopWithinMs);
    };
    return new Promise<Execution>((resolve) => {
      this.run = { reports, end: resolve };
      if (!this.usable) return this.end({ kind: 'died', reason: 'the training process ended before it began' });
      this.send({ type: 'run', order });
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    }).finally(() => {
      clearTimeout(killTimer);
      signal.removeEventListener('abort', stop);
    });
  }

  /** Ends an idle child in order; one that does not go is killed. */
  async close(): Promise<void> {
    // Asked by a message: after a disconnect from this side Node does not emit `close`.
    this.send({ type: 'close' });
    const timer = setTimeout(() => this.kill(), this.options.stopWithinMs);
    await this.exited;
    clearTimeout(timer);
  }

  private retire(): void {
    this.gone = true;
    this.send({ type: 'close' });
  }

  private kill(): void {
    this.child.kill('SIGKILL');
  }

  private send(message: ToChild): void {
    // A child that is gone is told apart by its exit, which ends the run.
    if (this.child.connected) this.child.send(message, () => undefined);
  }

  private receive(message: FromChild): void {
    const reports = this.run?.reports;
    switch (message.type) {
      case 'ready':
        break;
      case 'resumed':
        reports?.resumed(message.step);
        break;
      case 'progress':
        reports?.progress(message.progress);
        break;
      case 'checkpoint':
        reports?.checkpoint(message.artifact);
        break;
      case 'log':
        reports?.log(message.line);
        break;
      case 'ended':
        if (message.retire) this.retire();
        this.end(message.execution);
        break;
    }
  }

  private noteLine(line: string): void {
    this.errors = [...this.errors, line].slice(-keptErrorLines);
    this.run?.reports.log(line);
  }

  private deathOf(code: number | null, signal: NodeJS.Signals | null): Execution {
    this.gone = true;
    const said = this.errors.find((line) => saysOutOfMemory(line));
    return {
      kind: 'died',
      reason: `the training process ended (${signal ?? `exit ${code}`})${said ? `: ${said.trim()}` : ''}`,
      outOfMemory: said !== undefined,
    };
  }

  private end(execution: Execution): void {
    const run = this.run;
    this.run = undefined;
    run?.end(execution);
  }
}

/** A trainer speaks to its parent and the file system only. */
function withoutServers({ DATABASE_URL: _, REDIS_URL: __, ...rest }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return rest;
}

/** What a trainer keeps between orders. */
export function warmth({ spec }: Order): string {
  return `${spec.engine} ${spec.base}`;
}
