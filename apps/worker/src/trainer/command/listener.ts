/**
 * @file Hears a program of its progress on the loopback. What is spoken is that of transformers' Kubeflow callback, which each of its
 * Trainers brings: a script shows its curves without a changed line.
 */
import { timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import type { Progress } from '../../trial/executor.js';
import { changesOnly, pointsOf } from '../points.js';

const longestBody = 256 * 1024;
/** A status is sent every 5 seconds, one more at either end. */
const mostAtOnce = 16;

/** Texts of others are numbers or nothing: a metric that is no number has no curve. */
const Status = z.object({
  trainerStatus: z.object({
    progressPercentage: z.number().min(0).max(100).optional(),
    estimatedRemainingSeconds: z.number().min(0).optional(),
    metrics: z
      .array(z.object({ name: z.string().max(64), value: z.string().max(64) }))
      .max(256)
      .default([]),
  }),
});

export interface Listening {
  /** Variables by which a Trainer finds it; the token lies in the file. */
  env: Record<string, string>;
  close(): void;
}

/**
 * Listens until it is closed, on a port of its own.
 * @param token whoever does not bring it is not heard
 */
export async function listen(
  { token, tokenFile, steps }: { token: string; tokenFile: string; steps: number },
  say: { progress(progress: Progress): void; log(line: string): void },
): Promise<Listening> {
  const expected = Buffer.from(`Bearer ${token}`);
  let total = steps;
  let last = 0;
  const changed = changesOnly();
  const hear = ({ trainerStatus }: z.infer<typeof Status>) => {
    const { progressPercentage = 0, estimatedRemainingSeconds, metrics } = trainerStatus;
    const values = Object.fromEntries(metrics.map(({ name, value }) => [name, Number(value)]));
    if (Number.isInteger(values.total_steps)) total = values.total_steps!;
    const { current_step: step = progressPercentage === 100 ? total : last } = values;
    if (Number.isInteger(step)) last = Math.max(last, step);
    const told = Object.entries(values).filter(([name]) => !facts.has(name));
    // The last logs are repeated until there are others.
    const curves = changed(Object.fromEntries(told.map(([name, value]) => [seriesOf(name), value])));
    const { loss } = values;
    say.progress({ step: last, loss: Number.isFinite(loss) ? loss! : null, points: pointsOf(last, curves) });
    const left = estimatedRemainingSeconds === undefined ? '' : `, ${estimatedRemainingSeconds} s left`;
    say.log(`the Trainer says: ${progressPercentage} %, step ${last} of ${total}${left}`);
  };
  const server = createServer((request, response) => {
    void answer(request, response, expected).then((heard) => heard && hear(heard));
  });
  server.maxConnections = mostAtOnce;
  server.requestTimeout = 10_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    env: {
      KUBEFLOW_TRAINER_SERVER_URL: `http://127.0.0.1:${port}/`,
      KUBEFLOW_TRAINER_SERVER_TOKEN: tokenFile,
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Metrics that say how far it is. */
const facts = new Set(['current_step', 'total_steps', 'current_epoch']);

/** The series for a metric of transformers' Trainer. @example seriesOf('eval_loss') // 'validation/loss' */
const seriesOf = (name: string): string => {
  if (name.startsWith('eval_')) return `validation/${name.slice('eval_'.length)}`;
  return name === 'grad_norm' ? 'train/gradient-norm' : `train/${name.replaceAll('_', '-')}`;
};

/** Answers a request. @returns what it says, where it has the token and says it as it should */
async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  expected: Buffer,
): Promise<z.infer<typeof Status> | undefined> {
  const end = (status: number) => {
    response.writeHead(status, { connection: 'close' }).end();
    return undefined;
  };
  const given = Buffer.from(request.headers.authorization ?? '');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return end(401);
  if (request.method !== 'POST') return end(405);
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > longestBody) return end(413);
      chunks.push(chunk);
    }
    const status = Status.parse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
    end(200);
    return status;
  } catch {
    return end(400);
  }
}
