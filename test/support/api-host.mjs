/**
 * @file One process that runs many APIs and workers, each with its own database, Redis database and folders, and each API on its own
 * port. Starting a program here costs a tenth of the processor time of a process for each, and they share nothing but the code. The
 * trainers of a worker are processes as ever.
 *
 * `POST /api` or `/worker` with `{ env, logFile }` starts one and answers `{ id }`, of an API with its `url`; `DELETE /ID` ends it in order.
 */
import './watch-api.mjs';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { pino } from 'pino';
import { createApp } from '../../apps/api/dist/app.js';
import { readSettings } from '../../apps/api/dist/platform/env.js';
import { createLogger } from '../../apps/api/dist/platform/logging.js';
import { readSettings as readWorkerSettings, startWorker } from '../../apps/worker/dist/index.js';

/** Ends a program in order, by its id. */
const ends = new Map();
let started = 0;

const destinationOf = (logFile) => pino.destination({ dest: logFile, sync: true, mkdir: true });

const programs = {
  async api({ env, logFile }) {
    const settings = readSettings(env);
    const app = await createApp(settings, createLogger(settings.logLevel, destinationOf(logFile)));
    await app.listen(settings.port, '127.0.0.1');
    return { end: () => app.close(), url: await app.getUrl() };
  },
  async worker({ env, logFile }) {
    const settings = readWorkerSettings(env);
    const logger = pino({ level: settings.logLevel, base: { name: settings.name } }, destinationOf(logFile));
    const worker = await startWorker(settings, logger);
    return { end: () => worker.drain() };
  },
};

async function answer(request) {
  const name = request.url.slice(1);
  if (request.method === 'POST') {
    const { end, ...facts } = await programs[name](await json(request));
    const id = String(++started);
    ends.set(id, end);
    return { id, ...facts };
  }
  await ends.get(name)?.();
  ends.delete(name);
  return {};
}

const server = createServer((request, response) => {
  answer(request).then(
    (body) => response.writeHead(200).end(JSON.stringify(body)),
    (error) => response.writeHead(500).end(error.stack),
  );
});
server.listen(0, '127.0.0.1', () => process.send({ url: `http://127.0.0.1:${server.address().port}` }));
process.once('disconnect', () => process.exit());
