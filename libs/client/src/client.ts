/** @file A client of one installation: which paths there are, what they take and answer is generated. */
import createClient, { type Client, type MaybeOptionalInit } from 'openapi-fetch';
import type { paths } from './api.generated.js';
import { asProblem } from './problem.js';

/** One method for each HTTP method; each answers `{ data, response }`, or `{ error, response }` with the problem. */
export type RankforgeClient = Client<paths>;

type Method = 'get' | 'put' | 'post' | 'patch' | 'delete';

/** Paths that have a method. */
export type ApiPath<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, { responses: unknown }> ? P : never;
}[keyof paths];

/** Arguments of a request after its path: parameters, body and headers; none where nothing is needed. */
export type RequestOf<M extends Method, P extends ApiPath<M>> =
  undefined extends MaybeOptionalInit<paths[P], M>
    ? [request?: MaybeOptionalInit<paths[P], M>]
    : [request: MaybeOptionalInit<paths[P], M>];

export interface ClientOptions {
  /** Address of the API, e.g. `http://127.0.0.1:8080`. */
  url: string;
  /** Sent with every request. Omitted: only what needs no key can be asked. */
  key?: string | undefined;
  /** The project to act in, with a key of the whole installation. */
  project?: string | undefined;
  /** In place of the global `fetch`. */
  fetch?: (request: Request) => Promise<Response>;
}

/** The header that names a project; the API reads it. */
const projectHeader = 'rankforge-project';

/**
 * Opens a client. Nothing is sent until it is asked for something.
 *
 * @example
 * const api = openClient({ url: 'http://127.0.0.1:8080', key: process.env.RANKFORGE_KEY });
 * const { data, error } = await api.GET('/v1/sweeps', { params: { query: { limit: 10 } } });
 */
export function openClient({ url, key, project, fetch }: ClientOptions): RankforgeClient {
  const client = createClient<paths>({
    baseUrl: url,
    headers: {
      accept: 'application/json',
      ...(key ? { authorization: `Bearer ${key}` } : {}),
      ...(project ? { [projectHeader]: project } : {}),
    },
    ...(fetch ? { fetch } : {}),
  });
  client.use({ onResponse: ({ response }) => asProblem(response) });
  return client;
}
