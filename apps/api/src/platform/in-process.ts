import { type ChildProcess, fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { MIB } from '@rankforge/contracts';
import { answerOf, type NoAnswer, type ProcessLimits } from './job-answer.js';

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
  const { heapMiB, memoryMiB } = limits;
  return answerOf<Answer>(limits, ({ gives, ended }) => {
    const child = fork(fileURLToPath(script), [], {
      execArgv: heapMiB === undefined ? [] : [`--max-old-space-size=${heapMiB}`],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const end = () => child.kill('SIGKILL');
    const tooLarge = (mib: number) => gives({ exceeded: `needs more than ${mib} MiB of memory` });
    const watch =
      memoryMiB === undefined
        ? undefined
        : watchMemory(child, memoryMiB, () => {
            tooLarge(memoryMiB);
            end();
          });
    child.once('message', (message) => gives(message as Answer));
    child.once('error', (error) => {
      gives({ failed: error.message });
      if (child.pid !== undefined) return;
      clearInterval(watch);
      ended('its process could not be started');
    });
    child.once('exit', (code, signal) => {
      clearInterval(watch);
      if (signal !== null && fatal.has(signal) && heapMiB !== undefined) tooLarge(heapMiB);
      ended(`its process ended with ${signal ?? code}`);
    });
    child.send(job, () => undefined); // a child that does not hear it has ended, and says so
    return end;
  });
}

/** Looks at what a process holds of the machine's memory, which no limit of V8 bounds; where the system does not tell, it is not bounded. */
function watchMemory({ pid }: ChildProcess, mostMiB: number, exceeded: () => void): NodeJS.Timeout {
  return setInterval(async () => {
    const status = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => '');
    const resident = Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
    if (resident > mostMiB * MIB) exceeded();
  }, lookEveryMs);
}
