import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Watchdog {
  readonly pid: number;
  /** End this process, with this signal first, when the launcher dies without having stopped it. */
  watch(pid: number, signal: NodeJS.Signals): void;
  /** The process ended: its id may be given to another one and must not be signalled any more. */
  forget(pid: number): void;
}

let running: Promise<Watchdog> | undefined;

/**
 * One small process per launcher that sees the launcher's end of a pipe close, which the kernel does even after kill -9, and
 * then ends what the launcher had started. It works alike on Linux and macOS, where no parent-death signal exists.
 */
export function watchdog(): Promise<Watchdog> {
  running ??= start();
  return running;
}

async function start(): Promise<Watchdog> {
  // `main` has its own file so that it loads nothing else: it lives as long as the launcher does.
  const script = fileURLToPath(new URL('./watchdog-main.js', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [script], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  child.unref();
  const pipe = child.stdin as NonNullable<ChildProcess['stdin']> & { unref?: () => void };
  pipe.unref?.();
  // A watchdog that somebody killed must not take the launcher down with EPIPE.
  pipe.on('error', () => {
    running = undefined;
  });
  return {
    pid: child.pid as number,
    watch: (pid, signal) => void pipe.write(`+ ${pid} ${signal}\n`),
    forget: (pid) => void pipe.write(`- ${pid}\n`),
  };
}
