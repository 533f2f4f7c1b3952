/** @file Starts a worker from the environment and ends it on a signal. */
import { escapedLine } from '@rankforge/contracts';
import { ContractError } from '@rankforge/db';
import { pino } from 'pino';
import { readSettings } from './env.js';
import { startWorker } from './worker.js';

const settings = readSettings(process.env);
const logger = pino({
  level: settings.logLevel,
  base: { name: settings.name },
  hooks: { streamWrite: escapedLine },
});
/** Ends this process: at once while the worker starts, in order when it runs. */
let end = async (status: number): Promise<void> => process.exit(status);

let signals = 0;
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    signals += 1;
    if (signals > 1) process.exit(1); // trainers end with their parent; leases run out
    void end(0);
  });
}

const endBy = (leave: () => Promise<void>) => (status: number) =>
  leave().then(
    () => process.exit(status),
    (error) => {
      logger.error({ err: error }, 'the worker did not end in order');
      process.exit(1);
    },
  );

const onRegistered = (leave: () => Promise<void>) => {
  end = endBy(leave);
};
const worker = await startWorker(settings, logger, { onRegistered }).catch((error: unknown) => {
  if (error instanceof ContractError) logger.fatal(error.message);
  else logger.fatal({ err: error }, 'the worker cannot start');
  process.exit(1);
});
// A signal that came before ends it by then: a trial that it claimed meanwhile goes on once its lease has run out.
if (signals === 0) end = endBy(() => worker.drain());

// Whoever runs it is to notice.
void worker.retired.then(() => end(1));
