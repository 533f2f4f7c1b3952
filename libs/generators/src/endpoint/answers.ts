/** @file Answers of the OpenAI-compatible API, as vLLM, llama.cpp and Ollama give them. */
import { deepestJson, isTooDeep } from '@rankforge/contracts';
import { z } from 'zod';
import { EndpointError } from './error.js';
import type { Reply } from './exchange.js';
import { retryAfterMs } from './retry.js';

const Usage = z.object({ prompt_tokens: z.int().nonnegative(), completion_tokens: z.int().nonnegative() });
const Finish = z.enum(['stop', 'length']).catch('stop').nullish();

const Message = z.object({ content: z.string().nullish() });

/**
 * One event of a stream, of `/chat/completions` or of `/completions`. Who streams nothing gives one answer with a whole `message` in
 * place of its parts (`delta`).
 */
export const Chunk = z.object({
  model: z.string(),
  choices: z.array(
    z.object({
      delta: Message.optional(),
      message: Message.optional(),
      text: z.string().optional(),
      finish_reason: Finish,
    }),
  ),
  usage: Usage.nullish(),
});

/** An answer of `/completions` that repeats its prompt with log-probabilities. */
export const Echoed = z.object({
  model: z.string(),
  choices: z
    .array(
      z.object({
        logprobs: z.object({ token_logprobs: z.array(z.number().nullable()), text_offset: z.array(z.int()) }).nullish(),
      }),
    )
    .min(1),
  usage: Usage.nullish(),
});

export const Models = z.object({ data: z.array(z.looseObject({ id: z.string() })) });

/** Letters of an answer that a log shows. */
const logged = 2000;

/** The request of an answer, as far as it is known. */
export interface Asked {
  /** The address has answered before: it is not a wrong one. */
  answeredBefore: boolean;
  /** Text that a model was sent. */
  text?: string | undefined;
}

/** An answer for a log, its control characters as escapes. */
const quoted = (text: string): string => JSON.stringify(text.slice(0, logged));

/** @throws EndpointError for a status that is no success; `again` where the next request may have one */
export function requireSuccess(
  url: string,
  { status, body, retryAfter }: Reply,
  { answeredBefore, text }: Asked,
): void {
  if (status >= 200 && status < 300) return;
  const refused = (message: string, again?: { afterMs?: number }) =>
    new EndpointError(`${url}: answered with ${status}, expected 200${message}`, again, { detail: quoted(body) });
  if (status >= 300 && status < 400) throw refused(': redirects are not followed; give the final address');
  if (status === 401 || status === 403) throw refused(': set the variable that keyFrom names, where workers run');
  if (status === 413 && text !== undefined) {
    throw refused(
      `: a text of ${[...text].length} letters is too long for it; let the procedure read fewer words or passages at a time, or raise the endpoint's bound on requests`,
    );
  }
  if (status === 404 && answeredBefore) {
    throw refused(', and has answered before: its model may be unloaded or redeployed', {});
  }
  if (status !== 429 && status < 500) throw refused('');
  const afterMs = retryAfterMs(retryAfter);
  throw refused('', afterMs === undefined ? {} : { afterMs });
}

const hasError = z.object({ error: z.union([z.string(), z.object({ message: z.string() })]) });

/** Reads JSON of a schema. @throws EndpointError that says what was expected in its place */
export function readJson<S extends z.ZodType>(url: string, text: string, type: string, schema: S): z.output<S> {
  const refused = (message: string, again?: { afterMs?: number }) =>
    new EndpointError(`${url}: answered with ${message}`, again, { detail: quoted(text) });
  if (text.trim() === '') throw refused('nothing', {});
  if (type.includes('html') || text.trimStart().startsWith('<')) {
    throw refused(
      'a page where JSON was expected: is it the address of an OpenAI-compatible API? It often ends with /v1',
    );
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw refused('JSON that ends or breaks in the middle', {});
  }
  if (isTooDeep(json)) throw refused(`JSON that is nested deeper than ${deepestJson}, which no answer of a model is`);
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  if (hasError.safeParse(json).success) throw refused('an error in the place of an answer', {});
  const path = parsed.error.issues[0]!.path.join('.') || 'the answer';
  throw refused(`JSON of another form: ${path} is not as the OpenAI API has it`);
}

/**
 * The events of a stream, which must have come to its end.
 * @throws EndpointError where it did not
 */
export function readStream(url: string, { body, type }: Reply): z.output<typeof Chunk>[] {
  if (!type.includes('event-stream')) return [readJson(url, body, type, Chunk)];
  const data = body.split(/\r?\n/).flatMap((line) => (line.startsWith('data:') ? [line.slice(5).trim()] : []));
  if (data.at(-1) !== '[DONE]') {
    throw new EndpointError(`${url}: the stream ended after ${data.length} events without its [DONE]`, {});
  }
  return data.slice(0, -1).map((line) => readJson(url, line, 'application/json', Chunk));
}
