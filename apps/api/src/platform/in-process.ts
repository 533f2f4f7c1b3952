import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { answerOf, type JobLimits, type NoAnswer } from './job-answer.js';

/**
 * Does a job in a process of its own, so that neither its products nor its memory hold up the API. The script gets the job as
 * its one message, posts one, and ends when it is disconnected.
 *
 * @example await inProcess<Order, Outcome>(new URL('./child.js', import.meta.url), order, { minutes: 30, signal })
 */
export function inProcess<Job extends object, Answer>(
  script: URL,
  job: Job,
  limits: JobLimits,
): Promise<Answer | NoAnswer> {
  return answerOf<Answer>(limits, ({ gives, ended }) => {
    const child = fork(fileURLToPath(script), [], { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    child.once('message', (message) => gives(message as Answer));
    child.once('error', (error) => {
      gives({ failed: error.message });
      if (child.pid === undefined) ended('its process could not be started');
    });
    child.once('exit', (code, signal) => ended(`its process ended with ${signal ?? code}`));
    child.send(job, () => undefined); // a child that does not hear it has ended, and says so
    return () => child.kill('SIGKILL');
  });
}
