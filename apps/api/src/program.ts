/** @file Starts the API from the environment and ends it on a signal. */
import { rename, writeFile } from 'node:fs/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApp } from './app.js';
import { readSettings } from './platform/env.js';
import { createLogger } from './platform/logging.js';

/** Time a shutdown may take before the process ends regardless. */
const shutdownMs = 10_000;

const settings = readSettings(process.env);
const logger = createLogger(settings.logLevel);

try {
  const app = await createApp(settings, logger);
  await app.listen(settings.port, settings.host);
  const address = await app.getUrl();
  endInOrder(app);
  if (settings.portFile) {
    // Written whole or not at all: whoever waits for the file may read it at once.
    await writeFile(`${settings.portFile}.new`, `${address}\n`);
    await rename(`${settings.portFile}.new`, settings.portFile);
  }
  logger.info({ address }, 'listening');
} catch (err) {
  logger.fatal({ err }, 'the API cannot start');
  process.exitCode = 1;
  setTimeout(() => process.exit(1), 1000).unref();
}

/** Ends on SIGTERM and SIGINT, and with the parent where there is one. */
function endInOrder(app: NestFastifyApplication): void {
  let ending = false;
  const end = (reason: string) => {
    if (ending) return;
    ending = true;
    logger.info({ reason }, 'ending');
    setTimeout(() => process.exit(1), shutdownMs).unref();
    app.close().then(
      () => process.exit(0),
      (err: unknown) => {
        logger.error({ err }, 'ended out of order');
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => end(signal));
  if (process.send) process.once('disconnect', () => end('the parent is gone'));
}
