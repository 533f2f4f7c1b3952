/**
 * @file Loaded into every process of the tests that serves an API, before it: sees each response that any client gets (the
 * tests, the command line, the page). One that breaks a rule reaches its client as a 500 that says which, so that the test fails.
 */
import { subscribe } from 'node:diagnostics_channel';

subscribe('fastify.initialization', ({ fastify }) => {
  fastify.addHook('onSend', async (request, reply, payload) => {
    const fault = faultOf(reply, payload);
    if (!fault) return payload;
    reply.code(500).removeHeader('content-length').header('content-type', 'application/problem+json; charset=utf-8');
    const detail = `${request.method} ${request.url}: ${fault}`;
    return JSON.stringify({ type: '/problems/broken-response', title: 'A response broke a rule', status: 500, detail });
  });
});

/** What a response breaks: JSON parses, and a problem states the status it comes with (RFC 9457, 3.1.2). */
function faultOf(reply, payload) {
  const type = String(reply.getHeader('content-type') ?? '');
  if (typeof payload !== 'string' || !/^application\/(problem\+)?json\b/.test(type)) return undefined;
  let body;
  try {
    body = JSON.parse(payload);
  } catch (error) {
    return `the body says ${type} and is none: ${error.message}`;
  }
  if (!type.startsWith('application/problem+json') || body.status === reply.statusCode) return undefined;
  return `the problem states status ${body.status}, and the response has ${reply.statusCode}`;
}
