import { parseJson, refusedKey, refusedName } from '@rankforge/contracts';
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
  fastify.addContentTypeParser(json, { parseAs: 'buffer' }, readJson);
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

/** Reads JSON, and says what is wrong with it. */
async function readJson(_: FastifyRequest, body: Buffer): Promise<unknown> {
  const refused = (problem: string) => new ProblemError('malformed-json', `The body ${problem}`);
  if (body.length === 0) throw refused('is empty: send JSON, or leave "Content-Type" out');
  let text: string;
  try {
    text = utf8.decode(body);
  } catch {
    throw refused('is not UTF-8: send it as UTF-8');
  }
  return jsonOf(text, refused);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The value of a text of JSON. @throws what `refused` makes of what is wrong with it */
export function jsonOf(text: string, refused: (problem: string) => ProblemError): unknown {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    throw refused((error as Error).message);
  }
  const key = refusedKey(value);
  if (key !== undefined) throw refused(refusedName(key));
  return value;
}
