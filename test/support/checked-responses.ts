/**
 * @file Checks every answer that a test gets from the API against the OpenAPI document, whether it asks by `fetch` or by
 * supertest. A setup file of vitest; `checkAnswersOf` tells it which addresses are the API's.
 */
import type { Test as SupertestTest } from 'supertest';
import supertest from 'supertest';
import { type OpenApiDocument, ResponseCheck } from './response-check.js';

type Assert = (
  error: unknown,
  response: supertest.Response | undefined,
  done: (error: unknown, response?: unknown) => void,
) => void;
const prototype = supertest.Test.prototype as unknown as SupertestTest & { assert: Assert };

/** What test files that share a process share: this file runs before each of them. */
interface Checking {
  /** A key that may read the document, by the origin of an API that was started. */
  apis: Map<string, string>;
  check: Promise<ResponseCheck> | undefined;
  fetch: typeof fetch;
  assert: Assert;
}
const checking = Symbol.for('rankforge: checked responses');
const shared = globalThis as { [checking]?: Checking };
shared[checking] ??= { apis: new Map(), check: undefined, fetch: globalThis.fetch, assert: prototype.assert };
const state = shared[checking];

/** @param url of an API of this checkout */
export function checkAnswersOf(url: string, key: string): void {
  state.apis.set(new URL(url).origin, key);
}

interface Answer {
  method: string;
  url: string;
  status: number;
  type: string | null | undefined;
  text(): Promise<string> | string;
}

async function verify({ method, url, status, type, text }: Answer): Promise<void> {
  const { origin, pathname } = new URL(url);
  const key = state.apis.get(origin);
  if (key === undefined) return;
  state.check ??= describe(origin, key);
  const check = await state.check;
  // A stream of events has no end, and files are no business of a schema.
  const isJson = /^application\/(problem\+)?json/.test(type ?? '');
  check.verify({ method, path: pathname, status, type: type ?? '', body: isJson ? await text() : undefined });
}

async function describe(origin: string, key: string): Promise<ResponseCheck> {
  const response = await state.fetch(`${origin}/v1/openapi.json`, { headers: { authorization: `Bearer ${key}` } });
  if (response.ok) return new ResponseCheck((await response.json()) as OpenApiDocument);
  state.check = undefined;
  throw new Error(`the description of the API at ${origin} was answered with ${response.status}`);
}

globalThis.fetch = async (input, init) => {
  const response = await state.fetch(input, init);
  const url = input instanceof Request ? input.url : String(input);
  const method = init?.method ?? (input instanceof Request ? input.method : 'GET');
  const type = response.headers.get('content-type');
  await verify({ method, url, status: response.status, type, text: () => response.clone().text() });
  return response;
};

prototype.assert = function (this: SupertestTest, error, response, done) {
  if (!response) return state.assert.call(this, error, response, done);
  const { method, url } = this as unknown as { method: string; url: string };
  const type = response.headers['content-type'] as string | undefined;
  verify({ method, url, status: response.status, type, text: () => response.text }).then(
    () => state.assert.call(this, error, response, done),
    (refused: unknown) => done(refused, response),
  );
};
