/** @file Parent side of one forked trainer. */
import { type ChildProcess, fork } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { DeviceView } from '@rankforge/contracts';
import { environmentOn } from '../device/visible.js';
import type { Order, Progress, Reports, RunOutcome, StopReason } from '../trial/executor.js';
import { kernelKills } from './kernel-kills.js';
import type { FromChild, ToChild } from './messages.js';
import { saysOutOfMemory } from './out-of-memory.js';
import type { PassReservations } from './pass-reservations.js';
import { scratchOf } from './scratch.js';
import { type StallBounds, StallWatch } from './stall-watch.js';
import { startingPoint } from './starting-point.js';

export interface TrainerOptions {
  /** Path of the child's module. */
  script: string;
  env: NodeJS.ProcessEnv;
  /** Where it computes; omitted: on the host. */
  device?: TrainerDevice;
  /** Time a child has to answer a stop before it is killed, unless other orders go on in it. A step is the longest it may take. */
  stopWithinMs: number;
  /** A child in which nothing moves is killed; omitted: it is waited for. */
  stall?: StallBounds;
  /** Omitted: other processes may make the same pass. */
  passes?: Pick<PassReservations, 'hold'>;
  /** Counts processes that were killed for memory; default: the kernel's own counter, see `kernelKills`. */
  kernelKills?(): number | undefined;
}

/** Variables that tell a process which device it computes on. */
export type TrainerDevice = Pick<DeviceView, 'id' | 'kind' | 'uuid'>;

export const hostDevice: TrainerDevice = { id: 'host', kind: 'host' };

interface Run {
  order: Order;
  reports: Reports;
  /** The measured peak it last told of, in bytes. */
  peakBytes: number | undefined;
  /** Told to stop. */
  signal: AbortSignal;
  /** Aborts when what it reserved is to be given back. */
  reserved: AbortController;
  end(outcome: RunOutcome): void;
}

const keptErrorLines = 20;
/** Time in which a process that was killed is gone. */
const killedWithinMs = 10_000;

/**
 * States: idle (its base model stays warm) → running orders, one or several side by side → idle, or gone: a child that dies
 * ends its runs as `died` and is not used again.
 */
export class TrainerProcess {
  /** Base model and engine of the last order: an order for the same ones starts at once. */
  warm = '';
  /** The most that its orders were predicted to hold at a time. */
  mostBytes = 0;
  readonly device: TrainerDevice;
  private readonly child: ChildProcess;
  /** By trial. */
  private readonly runs = new Map<string, Run>();
  /** See `kernelKills`, when the first of the orders that run began. */
  private killsBefore: number | undefined;
  private errors: string[] = [];
  private gone = false;
  private readonly watch: StallWatch | undefined;
  /** Why it was killed from here. */
  private killedFor: string | undefined;
  readonly exited: Promise<void>;

  constructor(private readonly options: TrainerOptions) {
    this.device = options.device ?? hostDevice;
    this.watch = options.stall && new StallWatch(options.stall, (reason) => this.kill(reason));
    this.child = fork(options.script, [], {
      serialization: 'advanced',
      execArgv: [],
      env: { ...withoutServers(process.env), ...options.env, ...environmentOn(this.device) },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.child.on('message', (message: FromChild) => this.receive(message));
    for (const stream of [this.child.stdout, this.child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => this.noteLine(line));
    }
    this.exited = new Promise((resolve) => {
      // `close` comes after the last line of standard error, unlike `exit`.
      this.child.once('close', (code, signal) => {
        this.endAll(this.deathOf(code, signal));
        rm(scratchOf(this.child.pid!), { recursive: true, force: true })
          .catch((error: Error) => process.emitWarning(error))
          .finally(resolve);
      });
      this.child.once('error', (error) => {
        this.gone = true;
        this.endAll({ reason: `the training process cannot run: ${error.message}`, outOfMemory: false });
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

  /** @throws Error when it runs an order of this trial, or one of another base or engine */
  execute(order: Order, reports: Reports, signal: AbortSignal): Promise<RunOutcome> {
    const { trialId } = order;
    if (this.runs.has(trialId)) throw new Error(`training process ${this.pid} runs trial ${trialId} already`);
    if (this.runs.size > 0 && this.warm !== warmth(order)) {
      throw new Error(`training process ${this.pid} runs ${this.warm}, and an order for ${warmth(order)} came`);
    }
    if (this.runs.size === 0) {
      this.errors = [];
      this.killsBefore = this.countKills();
    }
    this.warm = warmth(order);
    let killTimer: NodeJS.Timeout | undefined;
    const waitForAnswer = () => {
      killTimer = setTimeout(() => {
        // It answers in its turn, and a turn of another may be a whole validation. Where nothing moves at all, `watch` ends it.
        if (this.othersGoOn(trialId)) waitForAnswer();
        else this.kill(this.silence('did not answer a stop'));
      }, this.options.stopWithinMs);
    };
    const stop = () => {
      this.send({ type: 'stop', trialId, reason: signal.reason as StopReason });
      waitForAnswer();
    };
    return new Promise<RunOutcome>((resolve) => {
      this.runs.set(trialId, {
        order,
        reports,
        peakBytes: undefined,
        signal,
        reserved: new AbortController(),
        end: resolve,
      });
      if (!this.usable) {
        const reason = 'the training process ended before it began';
        return this.end(trialId, { kind: 'died', reason, outOfMemory: false, beside: this.runs.size - 1 });
      }
      const bytes = [...this.runs.values()].reduce((sum, run) => sum + run.order.predicted.total, 0);
      this.mostBytes = Math.max(this.mostBytes, bytes);
      this.watch?.began(trialId);
      this.send({ type: 'run', order });
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    }).finally(() => {
      clearTimeout(killTimer);
      signal.removeEventListener('abort', stop);
    });
  }

  /** Ends an idle child in order; one that does not go is killed, and one that stays all the same is not waited for. */
  async close(): Promise<void> {
    // Asked by a message: after a disconnect from this side Node does not emit `close`.
    this.send({ type: 'close' });
    const { stopWithinMs } = this.options;
    const timers: NodeJS.Timeout[] = [];
    const after = (ms: number, act: () => void) => timers.push(setTimeout(act, ms));
    after(stopWithinMs, () => this.kill(this.silence('did not end')));
    const given = new Promise<void>((resolve) => after(stopWithinMs + killedWithinMs, resolve));
    await Promise.race([this.exited, given]);
    for (const timer of timers) clearTimeout(timer);
  }

  /** What ran out was the memory of all that ran in it: beside others it says nothing of the one that found out. */
  private retire(trialId: string, outcome: RunOutcome): void {
    this.gone = true;
    const reason = 'reason' in outcome ? outcome.reason : 'the training process cannot go on';
    if (this.runs.size > 1) {
      this.endAll({ reason, outOfMemory: true });
      this.kill();
      return;
    }
    this.send({ type: 'close' });
    this.end(trialId, outcome);
  }

  /** Ends it whatever it does; its orders end as `died`. */
  kill(reason?: string): void {
    this.killedFor ??= reason;
    this.child.kill('SIGKILL');
    // One that waits for a disk in the kernel stays until the disk answers, which its trials need not wait for.
    setTimeout(() => {
      this.gone = true;
      const reason = this.killedFor ?? 'the training process does not end, though it was killed';
      this.endAll({ reason, outOfMemory: false });
    }, killedWithinMs).unref();
  }

  /** Whether it runs other orders that nobody stops. */
  private othersGoOn(trialId: string): boolean {
    return [...this.runs].some(([id, { signal }]) => id !== trialId && !signal.aborted);
  }

  private silence(what: string): string {
    return `the training process ${what} within ${this.options.stopWithinMs / 1000} s, so it was killed`;
  }

  private send(message: ToChild): void {
    // A child that is gone is told apart by its exit, which ends the run.
    if (this.child.connected) this.child.send(message, () => undefined);
  }

  private receive(message: FromChild): void {
    if (message.type === 'ready') return;
    const run = this.runs.get(message.trialId);
    const reports = run?.reports;
    if (run) this.watch?.moved(message.trialId, message.type === 'moved' ? message.work : undefined);
    switch (message.type) {
      case 'resumed':
        reports?.resumed(message.step);
        break;
      case 'progress':
        if (run) run.peakBytes = peakOf(message.progress) ?? run.peakBytes;
        reports?.progress(message.progress);
        break;
      case 'checkpoint':
        reports?.checkpoint(message.artifact);
        break;
      case 'log':
        reports?.log(message.line);
        break;
      case 'for-administrators':
        reports?.forAdministrators(message.line);
        break;
      case 'reserve':
        if (run) void this.reserve(message, run);
        break;
      case 'give-back':
        run?.reserved.abort();
        break;
      case 'ended':
        if (message.retire) this.retire(message.trialId, message.outcome);
        else this.end(message.trialId, message.outcome);
        break;
    }
  }

  private async reserve({ trialId, key }: { trialId: string; key: string }, run: Run): Promise<void> {
    run.reserved = new AbortController();
    const until = AbortSignal.any([run.signal, run.reserved.signal]);
    // Another process may make the pass meanwhile, which takes as long as it takes.
    this.watch?.waits(trialId);
    await this.options.passes?.hold({ key, until, log: run.reports.log });
    if (this.runs.get(trialId) === run) this.watch?.moved(trialId, 'other');
    this.send({ type: 'reserved', trialId });
  }

  private noteLine(line: string): void {
    this.errors = [...this.errors, line].slice(-keptErrorLines);
    for (const { reports } of this.runs.values()) reports.log(line);
  }

  private deathOf(code: number | null, signal: NodeJS.Signals | null): Death {
    this.gone = true;
    if (this.killedFor) return { reason: this.killedFor, outOfMemory: false };
    const ended = `the training process ended (${signal ?? `exit ${code}`})`;
    const said = this.errors.find((line) => saysOutOfMemory(line));
    if (said) return { reason: `${ended}: ${said.trim()}`, outOfMemory: true };
    const byKernel = signal === 'SIGKILL' && (this.countKills() ?? 0) > (this.killsBefore ?? Number.POSITIVE_INFINITY);
    return byKernel
      ? { reason: `${ended}: the kernel killed it while the host was out of memory`, outOfMemory: true, byKernel }
      : { reason: ended, outOfMemory: false };
  }

  private countKills(): number | undefined {
    return (this.options.kernelKills ?? kernelKills)();
  }

  private endAll({ reason, ...death }: Death): void {
    const beside = this.runs.size - 1;
    for (const [trialId, { peakBytes }] of [...this.runs]) {
      const measured = death.outOfMemory && peakBytes ? `, at a measured peak of ${peakBytes} bytes` : '';
      this.end(trialId, { kind: 'died', reason: `${reason}${measured}`, ...death, beside });
    }
  }

  private end(trialId: string, outcome: RunOutcome): void {
    const run = this.runs.get(trialId);
    this.runs.delete(trialId);
    this.watch?.ended(trialId);
    run?.reserved.abort();
    run?.end(outcome);
  }
}

/** How a child went. */
type Death = Pick<Extract<RunOutcome, { kind: 'died' }>, 'reason' | 'outOfMemory' | 'byKernel'>;

const peakOf = ({ points }: Progress) => points.findLast(({ name }) => name === 'memory/peak')?.value;

/** A trainer speaks to its parent and the file system only. */
function withoutServers({
  DATABASE_URL: _,
  DATABASE_DIRECT_URL: ___,
  REDIS_URL: __,
  ...rest
}: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return rest;
}

/** What a trainer keeps between orders. */
export function warmth(order: Order): string {
  return `${order.spec.engine} ${startingPoint(order)}`;
}
