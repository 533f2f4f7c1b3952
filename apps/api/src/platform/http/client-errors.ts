import { randomUUID } from 'node:crypto';
import { maxHeaderSize, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectionError, FastifyInstance } from 'fastify';
import { problemBody } from './problem.filter.js';
import { ProblemError } from './problem.js';

/** Answers what cannot be read as a request, below any route, with a problem; and closes the connection. */
export function answerClientError(this: FastifyInstance, error: ConnectionError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const id = randomUUID();
  const problem = problemOf(error);
  this.log.info({ reqId: id, code: error.code, status: problem.status }, 'not a request');
  const body = JSON.stringify(problemBody(problem, id));
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    `X-Request-Id: ${id}`,
    'Connection: close',
  ];
  if (socket.writable) socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.destroy(error);
}

function problemOf(error: ConnectionError & { reason?: string }): ProblemError {
  if (error.code === 'HPE_HEADER_OVERFLOW') {
    const detail = `The head of a request may have ${maxHeaderSize / 1024} KiB: shorten its address or its headers`;
    return new ProblemError('malformed-http', detail, undefined, { status: 431 });
  }
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    const detail = 'The head of the request did not arrive in time: send it at once';
    return new ProblemError('malformed-http', detail, undefined, { status: 408 });
  }
  return new ProblemError('malformed-http', `The request cannot be read: ${error.reason || error.message}`);
}
