import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { DescribedRoutes } from './described-routes.js';
import { ProblemError } from './problem.js';
import { hasBody } from './slow-bodies.js';

const json = 'application/json';
const names: Readonly<Record<string, string>> = { [json]: 'JSON', 'multipart/form-data': 'a form' };

/**
 * Refuses bodies of other types than the route describes, JSON where it describes none. Plain text and forms are the types that a
 * page of another site may send without being asked for permission first. Behind authentication and the multipart plugin.
 */
export function refuseOtherBodies(fastify: FastifyInstance, routes: DescribedRoutes): void {
  fastify.removeContentTypeParser(['text/plain', json]);
  fastify.addContentTypeParser(json, { parseAs: 'buffer' }, jsonReader(fastify));
  fastify.addHook('preParsing', async (request) => {
    if (hasBody(request)) refuseOther(request, routes.of(request)?.bodyTypes ?? []);
  });
}

function refuseOther({ headers }: FastifyRequest, described: readonly string[]): void {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw unread(`A body is read as it is sent: send it without "Content-Encoding: ${encoding}"`);
  }
  const types = described.length > 0 ? described : [json];
  const given = headers['content-type'] ?? '';
  const [type = '', ...parameters] = given.split(';').map((part) => part.trim().toLowerCase());
  if (!types.includes(type)) {
    const read = types.map((one) => names[one] ?? one).join(' or ');
    const send = types.map((one) => `"Content-Type: ${one}"`).join(' or ');
    throw unread(`This route reads ${read}: send ${send}; got ${type || given || 'none'}`);
  }
  const charset = parameters.find((parameter) => parameter.startsWith('charset='));
  if (type === json && charset !== undefined && !/^charset="?utf-?8"?$/.test(charset)) {
    throw unread(`JSON is read as UTF-8; got ${charset}`);
  }
}

const unread = (detail: string) => new ProblemError('unsupported-media-type', detail);

/** Reads JSON as Fastify does, and says what is wrong with it. */
function jsonReader(fastify: FastifyInstance) {
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  const parse = fastify.getDefaultJsonParser('error', 'error');
  return async (request: FastifyRequest, body: Buffer): Promise<unknown> => {
    const refused = (problem: string) => new ProblemError('malformed-json', `The body ${problem}`);
    if (body.length === 0) throw refused('is empty: send JSON, or leave "Content-Type" out');
    let text: string;
    try {
      text = utf8.decode(body);
    } catch {
      throw refused('is not UTF-8: send it as UTF-8');
    }
    return new Promise((resolve, reject) => {
      void parse(request, text, (error, value) => (error ? reject(refused(faultOf(text))) : resolve(value)));
    });
  };
}

function faultOf(text: string): string {
  try {
    JSON.parse(text);
  } catch (error) {
    return `is not JSON: ${(error as Error).message.slice(0, 200)}`;
  }
  return 'has a key "__proto__", or "constructor" with a "prototype", which is refused: leave it out';
}
