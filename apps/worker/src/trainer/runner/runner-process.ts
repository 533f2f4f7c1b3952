/** @file A runner: a program of another language that trains what it is told, line by line. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { Readable, Writable } from 'node:stream';
import {
  FromRunner,
  longestRunnerLine,
  type RunnerReady,
  type RunnerRun,
  type RunnerScore,
  runnerVersion,
  type ToRunner,
} from '@rankforge/contracts';
import { z } from 'zod';
import { killTree } from '../process-tree.js';
import { RunnerDiedError } from '../runner-died.js';

export { RunnerDiedError };

/** A line of a runner about an attempt. */
export type RunnerLine = Exclude<FromRunner, { type: 'ready' }>;
type Ended = Extract<FromRunner, { type: 'ended' }>;
type Stop = Extract<ToRunner, { type: 'stop' }>;

/** The program of a runner. */
export interface RunnerProgram {
  command: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
}

type Unnumbered<T> = T extends unknown ? Omit<T, 'version' | 'trial' | 'attempt' | 'sequence'> : never;
export type RunnerOrder = Unnumbered<RunnerRun> | Unnumbered<RunnerScore>;

/** Longest time until a runner is ready: libraries of torch are read from disk the first time. */
const usualStartMs = 300_000;

/** Lines that wait to be taken; a runner that writes further ones waits itself. */
const waitingAtMost = 1000;

/** Bytes of its log without an end of line that are kept for one. */
const longestLogLine = 64 * 1024;

/** Exit of a shell whose program was killed by SIGKILL. */
const killedStatus = 137;

interface Conversation {
  trial: string;
  attempt: number;
  /** Number of the last line that was taken. */
  seen: number;
  sent: number;
  take(line: RunnerLine): Promise<void>;
  resolve(ended: Ended): void;
  reject(error: Error): void;
}

/**
 * States: starting → idle → in conversation about one order → idle, or gone. One that says what it must not is killed, with all that it
 * started.
 */
export class RunnerProcess {
  private readonly child: ChildProcess;
  /** Stands in the environment of all that it starts: one that left its group is found by it. */
  private readonly mark = ['RANKFORGE_RUNNER', randomUUID()] as const;
  private readonly ready: Promise<RunnerReady>;
  private current: Conversation | undefined;
  private attempts = 0;
  private gone: RunnerDiedError | undefined;
  /** Lines are taken one after another, also where taking one waits. */
  private taking: Promise<void> = Promise.resolve();
  /** Lines that were read, and wait to be taken. */
  waiting = 0;
  private greet: { resolve(ready: RunnerReady): void; reject(error: Error): void } | undefined;

  constructor(
    { command, args, env }: RunnerProgram,
    /** Where what it prints goes. */
    public log: (line: string) => void,
    { startsWithinMs = usualStartMs }: { startsWithinMs?: number } = {},
  ) {
    // A group of its own: what it leaves behind ends with it.
    this.child = spawn(command, args, {
      env: { ...env, ...Object.fromEntries([this.mark]) },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
      detached: true,
    });
    this.ready = new Promise<RunnerReady>((resolve, reject) => {
      this.greet = { resolve, reject };
    });
    this.ready.catch(() => undefined); // told by `run`
    const late = setTimeout(
      () => this.end(new RunnerDiedError(`the runner said nothing for ${startsWithinMs / 1000} s`)),
      startsWithinMs,
    );
    void this.ready.finally(() => clearTimeout(late)).catch(() => undefined);
    for (const stream of [this.child.stdout, this.child.stderr]) {
      eachLine(stream!, (text) => this.log(text.toString('utf8')), longestLogLine);
    }
    eachLine(
      this.lines,
      (text) => this.receive(text),
      longestRunnerLine,
      () => this.end(new RunnerDiedError(`the runner wrote a line of more than ${longestRunnerLine} bytes`)),
    );
    (this.child.stdio[3] as Writable).on('error', () => undefined); // its exit is told below
    this.child.once('error', (error) => this.end(new RunnerDiedError(`the runner cannot run: ${error.message}`)));
    // Children that it left behind hold its pipes open.
    this.child.once('exit', () => this.killAll());
    this.child.once('close', (code, exitSignal) => {
      const signal = code === killedStatus ? 'SIGKILL' : exitSignal;
      const how = exitSignal ?? `exit ${code}`;
      // Lines that it wrote before are taken first: one of them may be the end of the order.
      void this.taking.then(() =>
        this.end(new RunnerDiedError(`the runner ended (${how}) without an end of its order`, signal)),
      );
    });
  }

  private get lines(): Readable {
    return this.child.stdio[4] as Readable;
  }

  get usable(): boolean {
    return this.gone === undefined;
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** @throws RunnerDiedError where it cannot be started */
  greeting(): Promise<RunnerReady> {
    return this.ready;
  }

  /**
   * Has an order run to its end.
   *
   * @param take is told of each line but the last; the next waits for it
   * @throws RunnerDiedError where the runner is gone before the end, and what `take` throws
   */
  async run(trial: string, order: RunnerOrder, take: Conversation['take']): Promise<Ended> {
    if (this.current) throw new Error(`the runner has trial ${this.current.trial} already`);
    this.attempts += 1;
    const conversation = { trial, attempt: this.attempts, seen: -1, sent: 0, take };
    try {
      return await new Promise<Ended>((resolve, reject) => {
        this.current = { ...conversation, resolve, reject };
        this.ready.then(() => this.say(order), reject);
        if (this.gone) reject(this.gone);
      });
    } finally {
      this.current = undefined;
    }
  }

  /** Asks it to end its order; it is killed where it has not by then. */
  stop(reason: Stop['reason'], withinMs: number): void {
    const asked = this.current;
    if (!asked) return;
    // Behind the order, where that waits for the runner.
    void this.ready
      .then(() => this.say({ type: 'stop', reason, graceSeconds: withinMs / 1000 }))
      .catch(() => undefined);
    setTimeout(() => {
      if (this.current === asked) this.end(new RunnerDiedError(`the runner did not stop within ${withinMs / 1000} s`));
    }, withinMs).unref();
  }

  /** Ends it, and all that it started. */
  end(error = new RunnerDiedError('the runner was ended')): void {
    if (!this.gone) this.killAll();
    this.gone ??= error;
    this.greet?.reject(this.gone);
    this.current?.reject(this.gone);
  }

  private killAll(): void {
    if (this.child.pid === undefined) return;
    try {
      process.kill(-this.child.pid, 'SIGKILL');
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown;
    }
    killTree(this.mark.join('='));
  }

  private say(order: RunnerOrder | Unnumbered<Stop>): void {
    const { current } = this;
    if (!current || this.gone) return;
    const { trial, attempt } = current;
    const line = { ...order, version: runnerVersion, trial, attempt, sequence: current.sent };
    current.sent += 1;
    (this.child.stdio[3] as Writable).write(`${JSON.stringify(line)}\n`);
  }

  private receive(text: Buffer): void {
    if (this.gone) return;
    const line = parsed(text);
    if (typeof line === 'string') {
      this.end(new RunnerDiedError(line));
      return;
    }
    if (line.type === 'ready') {
      this.greet?.resolve(line);
      return;
    }
    const { current } = this;
    // Said of an attempt that is over, or said already.
    if (!current || line.trial !== current.trial || line.attempt !== current.attempt) return;
    if (line.sequence <= current.seen) return;
    current.seen = line.sequence;
    this.waiting += 1;
    if (this.waiting === waitingAtMost) this.lines.pause();
    this.taking = this.taking
      .then(() => (line.type === 'ended' ? current.resolve(line) : current.take(line)))
      .finally(() => {
        this.waiting -= 1;
        if (this.waiting < waitingAtMost) this.lines.resume();
      })
      .catch((error: Error) => {
        current.reject(error);
        this.end(new RunnerDiedError(error.message));
      });
  }
}

/** A line, or what is wrong with it. */
function parsed(text: Buffer): FromRunner | string {
  const shown = text.subarray(0, 80).toString('utf8');
  let json: unknown;
  try {
    json = JSON.parse(text.toString('utf8'));
  } catch {
    return `the runner wrote a line that is not JSON: ${shown}`;
  }
  const line = FromRunner.safeParse(json);
  return line.success
    ? line.data
    : `the runner wrote a line that is none of its protocol: ${shown}: ${z.prettifyError(line.error)}`;
}

/**
 * Lines of a stream, without their newline; what stands after the last one is cut off, and nobody gets it.
 *
 * @param onLong is told of a line that is too long, and nobody gets that. Default: it is cut in pieces
 */
function eachLine(stream: Readable, take: (line: Buffer) => void, longest: number, onLong?: () => void): void {
  let rest: Buffer[] = [];
  let length = 0;
  stream.on('data', (chunk: Buffer) => {
    let from = 0;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      const line = Buffer.concat([...rest, chunk.subarray(from, at)]);
      [rest, length] = [[], 0];
      from = at + 1;
      if (line.length > longest && onLong) {
        onLong();
        return;
      }
      take(line);
    }
    rest.push(chunk.subarray(from));
    length += chunk.length - from;
    if (length <= longest) return;
    if (onLong) onLong();
    else take(Buffer.concat(rest));
    [rest, length] = [[], 0];
  });
}
