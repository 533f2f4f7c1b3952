import { type ChildProcess, fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { MIB } from '@rankforge/contracts';
import { answerOf, type NoAnswer, type ProcessLimits, type Watch } from './job-answer.js';

const lookEveryMs = 200;

/** V8 ends a process by these where its heap is full, or one value is larger than any may be. */
const fatal: ReadonlySet<NodeJS.Signals> = new Set(['SIGABRT', 'SIGTRAP', 'SIGILL']);

/**
 * Does a job in a process of its own, so that neither its products nor its memory hold up the API. The script hands what it does
 * to `answerJob`.
 *
 * @example await inProcess<Order, Outcome>(new URL('./child.js', import.meta.url), order, { minutes: 30, signal })
 */
export function inProcess<Job extends object, Answer>(
  script: URL,
  job: Job,
  limits: ProcessLimits,
): Promise<Answer | NoAnswer> {
  return answerOf<Answer>(limits, (watch) => handOver(startProcess(script, limits), job, limits, watch));
}

type Memory = Pick<ProcessLimits, 'heapMiB' | 'memoryMiB'>;

/** Begins a process for jobs. */
export const startProcess = (script: URL, { heapMiB }: Memory): ChildProcess =>
  fork(fileURLToPath(script), [], {
    execArgv: heapMiB === undefined ? [] : [`--max-old-space-size=${heapMiB}`],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });

/**
 * Sends a job to a process, and hears of it.
 *
 * @param watch one with `answered` is told once the job is answered, and hears of the process no more: that stays for further jobs
 * @returns what ends the process at once
 */
export function handOver<Answer>(
  child: ChildProcess,
  job: object,
  { heapMiB, memoryMiB }: Memory,
  { gives, ended, answered }: Watch<Answer> & { answered?(): void },
): () => unknown {
  const end = () => child.kill('SIGKILL');
  const tooLarge = (mib: number) => gives({ exceeded: `needs more than ${mib} MiB of memory` });
  const looks =
    memoryMiB === undefined
      ? undefined
      : watchMemory(child, memoryMiB, () => {
          tooLarge(memoryMiB);
          end();
        });
  const hear = (message: unknown) => {
    gives(message as Answer);
    if (!answered) return;
    leave();
    answered();
  };
  const fail = (error: Error) => {
    gives({ failed: error.message });
    if (child.pid !== undefined) return;
    leave();
    ended('its process could not be started');
  };
  // Its exit may be told before its last message is read; its close is told after both.
  const close = (code: number | null, signal: NodeJS.Signals | null) => {
    leave();
    if (signal !== null && fatal.has(signal) && heapMiB !== undefined) tooLarge(heapMiB);
    ended(`its process ended with ${signal ?? code}`);
  };
  const leave = () => {
    clearInterval(looks);
    child.off('message', hear).off('error', fail).off('close', close);
  };
  child.once('message', hear).once('error', fail).once('close', close);
  child.send(job, () => undefined); // a child that does not hear it has ended, and says so
  return end;
}

/** Looks at what a process holds of the machine's memory, which no limit of V8 bounds; where the system does not tell, it is not bounded. */
function watchMemory({ pid }: ChildProcess, mostMiB: number, exceeded: () => void): NodeJS.Timeout {
  return setInterval(async () => {
    const status = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => '');
    const resident = Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
    if (resident > mostMiB * MIB) exceeded();
  }, lookEveryMs);
}
