/** @file The forked trainer: takes orders one after the other, and ends with its parent. */
import { ArtifactStore } from '@rankforge/db';
import type { Order, Reports } from '../trial/executor.js';
import { execute } from './execute.js';
import { childVariables, type FromChild, type ToChild } from './messages.js';
import { Session } from './session.js';

const store = new ArtifactStore(required(childVariables.artifactDir));
const session = new Session(required(childVariables.modelsDir), store);
let stop: AbortController | undefined;

const reports: Reports = {
  resumed: (step) => send({ type: 'resumed', step }),
  progress: (progress) => send({ type: 'progress', progress }),
  checkpoint: (artifact) => send({ type: 'checkpoint', artifact }),
  log: (line) => send({ type: 'log', line }),
};

process.on('message', (message: ToChild) => {
  switch (message.type) {
    case 'run':
      void run(message.order);
      break;
    case 'stop':
      stop?.abort(message.reason);
      break;
    case 'close':
      process.exit(0);
  }
});
process.once('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole group: the parent decides when its trainers stop.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
send({ type: 'ready' });

async function run(order: Order): Promise<void> {
  stop = new AbortController();
  const { retire = false, ...execution } = await execute(order, { session, store, reports, signal: stop.signal });
  stop = undefined;
  send({ type: 'ended', execution, retire });
}

function send(message: FromChild): void {
  process.send?.(message, undefined, {}, () => undefined); // a parent that is gone is told by `disconnect`
}

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: the trainer is started by the worker, not by hand`);
  return value;
}
