/** @file The forked trainer: takes orders, one or several side by side, and ends with its parent. */
import { rmSync } from 'node:fs';
import { trialKindOf } from '@rankforge/contracts';
import { ArtifactStore } from '@rankforge/db/artifacts';
import { Turns } from '@rankforge/peft';
import type { Order, Reports } from '../trial/executor.js';
import { CalibrationCache } from './calibration-cache.js';
import { execute } from './execute.js';
import { childVariables, type FromChild, type ToChild } from './messages.js';
import { RunnerDiedError } from './runner/runner-process.js';
import { Session } from './session.js';
import { SignsOfLife } from './signs-of-life.js';

const artifactDir = required(childVariables.artifactDir);
const store = new ArtifactStore(artifactDir);
const session = new Session(
  required(childVariables.modelsDir),
  store,
  {
    enginesFolder: process.env[childVariables.enginesDir],
    threads: Number(required(childVariables.threads)),
  },
  JSON.parse(required(childVariables.siteFiles)),
  JSON.parse(required(childVariables.commandFolders)),
);
const folder = required(childVariables.calibrationDir);
const mostBytes = Number(required(childVariables.calibrationBytes));
const patienceMs = Number(required(childVariables.storagePatience));
const turns = new Turns();
/** Stops the orders that run, by trial. */
const stops = new Map<string, AbortController>();
/** Wakes the orders that wait for a calibration pass, by trial. */
const reserved = new Map<string, () => void>();

process.on('message', (message: ToChild) => {
  switch (message.type) {
    case 'run':
      run(message.order).catch(end);
      break;
    case 'stop':
      stops.get(message.trialId)?.abort(message.reason);
      break;
    case 'reserved':
      reserved.get(message.trialId)?.();
      reserved.delete(message.trialId);
      break;
    case 'close':
      process.exit(0);
  }
});
process.once('disconnect', () => process.exit(0));
// A parent that is gone removes nothing.
process.once('exit', () => rmSync(session.scratch, { recursive: true, force: true }));
// Ctrl-C reaches the whole group: the parent decides when its trainers stop.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
send({ type: 'ready' });

async function run(order: Order): Promise<void> {
  const { trialId } = order;
  const stop = new AbortController();
  stops.set(trialId, stop);
  const { signal } = stop;
  const reports = reportsOf(trialId);
  // Without a cache nothing reads the whole base for its digest.
  const calibrations =
    mostBytes > 0
      ? new CalibrationCache({ folder, mostBytes, log: reports.log, reserve: (key) => reserve(trialId, key) })
      : undefined;
  const signs = new SignsOfLife(!trialKindOf(order.kind).trains, (work) => send({ type: 'moved', trialId, work }));
  const { retire = false, ...outcome } = await turns.run(signal, (turn) =>
    execute(order, {
      session,
      store,
      artifactDir,
      calibrations,
      reports,
      signal,
      turn: signs.of(turn),
      signs,
      patienceMs,
    }),
  );
  stops.delete(trialId);
  send({ type: 'ended', trialId, outcome, retire });
}

/** A process that cannot go on says why, and its orders are tried again in another. It dies of what its runner died of. */
function end(error: Error): void {
  console.error(error.message);
  if (error instanceof RunnerDiedError && error.signal) process.kill(process.pid, error.signal);
  process.exit(1);
}

/** The parent holds it: it beats while this process computes, and outlives it. */
async function reserve(trialId: string, key: string): Promise<() => void> {
  const answer = new Promise<void>((resolve) => reserved.set(trialId, resolve));
  send({ type: 'reserve', trialId, key });
  await answer;
  return () => send({ type: 'give-back', trialId });
}

function reportsOf(trialId: string): Reports {
  return {
    resumed: (step) => send({ type: 'resumed', trialId, step }),
    progress: (progress) => send({ type: 'progress', trialId, progress }),
    checkpoint: (artifact) => send({ type: 'checkpoint', trialId, artifact }),
    log: (line) => send({ type: 'log', trialId, line }),
    forAdministrators: (line) => send({ type: 'for-administrators', trialId, line }),
  };
}

function send(message: FromChild): void {
  process.send?.(message, undefined, {}, () => undefined); // a parent that is gone is told by `disconnect`
}

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: the trainer is started by the worker, not by hand`);
  return value;
}
