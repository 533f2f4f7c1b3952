/** @file Answers of the OpenAI-compatible API, as vLLM, llama.cpp and Ollama give them. */
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

/** Letters of an answer that are shown of one that is of no use. */
const shown = 200;

/** The request of an answer, as far as it is known. */
export interface Asked {
  /** The address has answered before: it is not a wrong one. */
  answeredBefore: boolean;
  /** Text that a model was sent. */
  text?: string | undefined;
}

/** @throws EndpointError for a status that is no success; `again` where the next request may have one */
export function requireSuccess(
  url: string,
  { status, type, body, retryAfter }: Reply,
  { answeredBefore, text }: Asked,
): void {
  if (status >= 200 && status < 300) return;
  if (status >= 300 && status < 400) {
    throw new EndpointError(`${url}: answered with ${status}: redirects are not followed; give the final address`);
  }
  const said = body === '' ? '' : ` (${type.includes('html') ? 'a page' : body.slice(0, shown)})`;
  const message = `${url}: answered with ${status}${said}`;
  if (status === 401 || status === 403) {
    throw new EndpointError(`${message}: set the variable that keyFrom names, where workers run`);
  }
  if (status === 413 && text !== undefined) {
    throw new EndpointError(
      `${message}: a text of ${[...text].length} letters is too long for it; let the procedure read fewer words or passages at a time, or raise the endpoint's bound on requests`,
    );
  }
  if (status === 404 && answeredBefore) {
    throw new EndpointError(`${message}, and has answered before: its model may be unloaded or redeployed`, {});
  }
  if (status !== 429 && status < 500) throw new EndpointError(message);
  const afterMs = retryAfterMs(retryAfter);
  throw new EndpointError(message, afterMs === undefined ? {} : { afterMs });
}

/** Reads JSON of a schema. @throws EndpointError that says what came in its place */
export function readJson<S extends z.ZodType>(url: string, text: string, type: string, schema: S): z.output<S> {
  if (text.trim() === '') throw new EndpointError(`${url}: answered with nothing`, {});
  if (type.includes('html') || text.trimStart().startsWith('<')) {
    throw new EndpointError(
      `${url}: answered with a page where JSON was expected: is it the address of an OpenAI-compatible API? It often ends with /v1`,
    );
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new EndpointError(
      `${url}: answered with JSON that ends or breaks in the middle (${text.slice(0, shown)})`,
      {},
      { cause },
    );
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const refused = z.object({ error: z.union([z.string(), z.object({ message: z.string() })]) }).safeParse(json);
  if (refused.success) {
    const { error } = refused.data;
    throw new EndpointError(`${url}: ${typeof error === 'string' ? error : error.message}`, {});
  }
  const { path, message } = parsed.error.issues[0]!;
  throw new EndpointError(`${url}: answered with JSON of another form: ${path.join('.') || 'the answer'}: ${message}`);
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
