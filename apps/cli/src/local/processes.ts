import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, open, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { watchdog } from './watchdog.js';

const largestLogBytes = 16 * 2 ** 20;

/** True while a process with this id exists (a zombie waiting to be reaped does not count). */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return processState(pid) !== 'Z';
}

/** Linux only, where /proc tells a zombie from a live process; elsewhere undefined. */
function processState(pid: number): string | undefined {
  return statFields(pid)?.[0];
}

/**
 * When the process started, as an opaque text that differs when the id was given to another process later.
 * Undefined when the process is gone.
 */
export async function startStamp(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') return statFields(pid)?.[19];
  const ps = await execa('ps', ['-o', 'lstart=', '-p', String(pid)], { reject: false });
  return ps.stdout.trim() || undefined;
}

/** The process that started this one, or undefined when it is gone. */
export async function parentOf(pid: number): Promise<number | undefined> {
  if (process.platform === 'linux') return Number(statFields(pid)?.[1]) || undefined;
  const ps = await execa('ps', ['-o', 'ppid=', '-p', String(pid)], { reject: false });
  return Number(ps.stdout.trim()) || undefined;
}

/** The command line of a process, or undefined when it is gone. */
export async function commandLine(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() || undefined;
    } catch {
      return undefined;
    }
  }
  const ps = await execa('ps', ['-o', 'command=', '-p', String(pid)], { reject: false });
  return ps.stdout.trim() || undefined;
}

/** Fields of /proc/PID/stat from the third (state) on; the second may itself hold spaces and brackets. */
function statFields(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

export interface ServiceCommand {
  /** Shown in messages, such as `redis`. */
  name: string;
  command: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  uid?: number;
  gid?: number;
  /** Standard output and error are appended here. */
  logFile: string;
  /** The signal that asks this program to end in order. */
  stopSignal?: NodeJS.Signals;
}

export interface Service {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** Resolves when the process has ended, however it ended. */
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Asks, waits, then kills; resolves once the process is gone. */
  stop(graceMs?: number): Promise<void>;
}

/**
 * Starts a program that must not outlive this one. It gets its own process group, so that Ctrl-C in the terminal reaches
 * only the launcher, which then stops things in order; the watchdog ends it when the launcher is killed.
 */
export async function startService(spec: ServiceCommand): Promise<Service> {
  await mkdir(dirname(spec.logFile), { recursive: true });
  await setAsideWhenLarge(spec.logFile);
  const guard = await watchdog();
  const log = await open(spec.logFile, 'a', 0o600);
  let child: ChildProcess;
  let exited: Service['exited'];
  try {
    child = spawn(spec.command, spec.args, {
      cwd: spec.cwd,
      env: spec.env ?? process.env,
      uid: spec.uid,
      gid: spec.gid,
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    // Listened for before anything is waited for: a program may end at once.
    exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
    await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  } catch (cause) {
    throw new Error(`${spec.name}: could not start ${spec.command}`, { cause });
  } finally {
    await log.close();
  }
  const pid = child.pid as number;
  const stopSignal = spec.stopSignal ?? 'SIGTERM';
  guard.watch(pid, stopSignal);
  void exited.then(() => guard.forget(pid));
  return {
    name: spec.name,
    pid,
    logFile: spec.logFile,
    exited,
    stop: (graceMs = 15_000) => stopProcess(pid, stopSignal, graceMs, exited),
  };
}

/** Keeps one older log file, so that a folder used for months does not fill up. */
async function setAsideWhenLarge(file: string): Promise<void> {
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  if (size > largestLogBytes) await rename(file, `${file}.1`);
}

/** Sends `signal`, waits `graceMs`, then kills. Resolves at once when the process is already gone. */
export async function stopProcess(
  pid: number,
  signal: NodeJS.Signals,
  graceMs: number,
  exited?: Promise<unknown>,
): Promise<void> {
  const gone = exited ?? pollUntilGone(pid, graceMs + 5_000);
  if (!isAlive(pid)) return;
  send(pid, signal);
  const timer = new AbortController();
  const ended = await Promise.race([
    gone.then(() => true),
    sleep(graceMs, false, { signal: timer.signal }).catch(() => false),
  ]);
  timer.abort();
  if (ended) return;
  send(pid, 'SIGKILL');
  await gone;
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function pollUntilGone(pid: number, limitMs: number): Promise<void> {
  const until = Date.now() + limitMs;
  while (isAlive(pid)) {
    if (Date.now() > until) throw new Error(`process ${pid} is still alive after ${limitMs} ms`);
    await sleep(25);
  }
}

/** The last lines of a log file, for an error message; empty when there is none. */
export function logTail(file: string, lines = 12): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '';
  }
}
