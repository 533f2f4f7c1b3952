/**
 * @file One process that serves many APIs, each on its own port with its own database, Redis database and folders. Starting
 * an API here costs a tenth of the processor time of a process for each, and the APIs share nothing but the code.
 *
 * `POST /` with `{ env, logFile }` starts one and answers `{ id, url }`; `DELETE /ID` closes it.
 */
import './watch-api.mjs';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { pino } from 'pino';
import { createApp } from '../../apps/api/dist/app.js';
import { readSettings } from '../../apps/api/dist/platform/env.js';
import { createLogger } from '../../apps/api/dist/platform/logging.js';

const apps = new Map();
let started = 0;

async function start({ env, logFile }) {
  const settings = readSettings(env);
  const logger = createLogger(settings.logLevel, pino.destination({ dest: logFile, sync: true, mkdir: true }));
  const app = await createApp(settings, logger);
  await app.listen(settings.port, '127.0.0.1');
  const id = String(++started);
  apps.set(id, app);
  return { id, url: await app.getUrl() };
}

async function answer(request) {
  if (request.method === 'POST') return start(await json(request));
  const id = request.url.slice(1);
  await apps.get(id)?.close();
  apps.delete(id);
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
