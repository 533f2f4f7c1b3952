/** @file A generator behind an OpenAI-compatible API. */
import { createHash } from 'node:crypto';
import { shortened } from '@rankforge/contracts';
import type { CallUsage, Generated, GenerateOptions, Generator, GeneratorIdentity, Scored } from '@rankforge/peft';
import canonicalize from 'canonicalize';
import type { z } from 'zod';
import { below } from '../address.js';
import type { Reach } from '../outbound.js';
import { Echoed, Models, readJson, readStream, requireSuccess } from './answers.js';
import { detailOf, EndpointError } from './error.js';
import { type ExchangeOptions, exchange, type Reply } from './exchange.js';
import { usualDeadlineMs } from './patience.js';
import { type Patience, retried, usualPatience } from './retry.js';

/** `chat`: a prompt is a user's message. `completions`: it is continued, and may be scored where the endpoint echoes it. */
export const endpointApis = ['chat', 'completions'] as const;
export type EndpointApi = (typeof endpointApis)[number];

export interface EndpointOptions {
  /** Address that `/chat/completions` follows, e.g. `http://127.0.0.1:8000/v1`. */
  url: string;
  model: string;
  api: EndpointApi;
  key?: string | undefined;
  /** Where its socket may connect to. */
  reach: Reach;
  /** Until it has listed its models, a port that is closed and one where something else answers read alike. */
  anyPort?: boolean;
  /** Longest silence of an answer. */
  patienceMs?: number;
  /** Longest time until a whole answer is there. */
  deadlineMs?: number;
  patience?: Patience;
  signal?: AbortSignal | undefined;
}

/** No answer of a model is longer. */
const mostBytes = 1024 * 1024;
const usualPatienceMs = 120_000;

/** Models that a message names. */
const namedModels = 20;

/** Statuses that say nothing of whether it scores: a key, time, the length of a text, or too many requests. */
const ofOneRequest = [401, 403, 408, 413, 429];

/** Facts that an endpoint states of a model and that stay the same from one request to the next. */
const lasting = ['id', 'root', 'parent', 'owned_by', 'max_model_len', 'meta'] as const;

/**
 * Opens an endpoint: it is asked for its models, and what it says of this one is in the identity.
 *
 * @throws EndpointError where it cannot be reached, or has no such model
 */
export async function openEndpoint(options: EndpointOptions): Promise<Generator> {
  const endpoint = new Endpoint(options);
  await endpoint.open();
  return endpoint;
}

interface Sent extends Pick<ExchangeOptions, 'method'> {
  body?: object;
  /** Text that the model reads. */
  text?: string;
  /** Whether an answer that is no success is read all the same. */
  accepts?(reply: Reply): boolean;
}

class Endpoint implements Generator {
  private said: GeneratorIdentity | undefined;
  /** Whether it gives probabilities; undefined until its first answer to a request for some has decided it. */
  private scores: boolean | undefined;
  /** Addresses that gave an answer of use. */
  private readonly answered = new Set<string>();

  constructor(private readonly options: EndpointOptions) {
    if (options.api === 'chat') this.scores = false;
  }

  identity(): GeneratorIdentity {
    return this.said!;
  }

  async open(): Promise<void> {
    const { url, model, api, anyPort = false } = this.options;
    const at = this.at('models');
    const asked = this.asked(at, { method: 'GET' }, (reply) => readJson(at, reply.body, reply.type, Models));
    const { data } = await asked.catch((error: Error) => {
      throw anyPort && error instanceof EndpointError ? unlisted(at, error) : error;
    });
    const entry = data.find(({ id }) => id === model);
    if (!entry) {
      throw new EndpointError(`${at}: it has no model "${model}"; it has ${namesOf(data)}`);
    }
    const says = Object.fromEntries(lasting.flatMap((name) => (name in entry ? [[name, entry[name]]] : [])));
    const facts = canonicalize({ kind: 'endpoint', url, model, api, says }) ?? '';
    this.said = { model, sha256: createHash('sha256').update(facts).digest('hex'), reproducible: false };
  }

  async generate(prompt: string, { maxTokens, temperature, seed, stop }: GenerateOptions): Promise<Generated> {
    const { api } = this.options;
    const at = this.at(api === 'chat' ? 'chat/completions' : 'completions');
    const body = {
      ...(api === 'chat' ? { messages: [{ role: 'user', content: prompt }] } : { prompt }),
      max_tokens: maxTokens,
      temperature,
      seed,
      // An empty list is refused by some.
      ...(stop.length > 0 && { stop }),
      stream: true,
      stream_options: { include_usage: true },
    };
    const started = performance.now();
    return await this.asked(at, { method: 'POST', body, text: prompt }, (reply) => {
      const chunks = readStream(at, reply);
      for (const { model } of chunks) this.requireModel(at, model);
      const choices = chunks.flatMap((chunk) => chunk.choices);
      const ended = choices.findLast(({ finish_reason: reason }) => reason)?.finish_reason;
      if (!ended) throw new EndpointError(`${at}: the answer has no finish_reason: it ended in the middle`, {});
      const said = choices.filter(({ delta, message, text }) => (delta ?? message ?? text) !== undefined);
      if (said.length === 0) {
        throw new EndpointError(
          `${at}: no choice of the answer has a delta, a message or a text: is it the address of an OpenAI-compatible API?`,
        );
      }
      const text = said.map(({ delta, message, text }) => (delta ?? message)?.content ?? text ?? '').join('');
      return { text, ended, usage: usageOf(chunks.findLast(({ usage }) => usage)?.usage, started) };
    });
  }

  async score(prompt: string, continuations: readonly string[]): Promise<Scored | null> {
    const started = performance.now();
    const logProbabilities: number[] = [];
    let tokens: CallUsage['tokens'] = { read: 0, written: 0 };
    for (const continuation of continuations) {
      const scored = this.scores === false ? null : await this.echoed(prompt, continuation);
      if (scored === null) return null;
      logProbabilities.push(scored.logProbability);
      tokens = tokens && scored.read !== undefined ? { read: tokens.read + scored.read, written: 0 } : null;
    }
    return { logProbabilities, usage: { tokens, seconds: (performance.now() - started) / 1000 } };
  }

  /**
   * Log-probability of a continuation, from an answer that repeats it; null where the endpoint repeats none.
   * @throws EndpointError where it repeats none, and did before: a prompt is too long, or its model is away
   */
  private async echoed(prompt: string, continuation: string) {
    const at = this.at('completions');
    const body = { prompt: prompt + continuation, max_tokens: 1, temperature: 0, echo: true, logprobs: 1 };
    const isAway = (status: number) => status === 404 && this.answered.has(at);
    const refused = ({ status }: Reply) =>
      this.scores === undefined && status >= 400 && status < 500 && !ofOneRequest.includes(status) && !isAway(status);
    return await this.asked(at, { method: 'POST', body, text: body.prompt, accepts: refused }, (reply) => {
      const scored = refused(reply) ? null : this.readEcho(at, reply, { prompt, continuation });
      this.scores ??= scored !== null;
      if (!this.scores) return null;
      if (scored) return scored;
      throw new EndpointError(`${at}: answered without log-probabilities, and gave some before`, {});
    });
  }

  private readEcho(at: string, { body, type }: Reply, asked: { prompt: string; continuation: string }) {
    const { model, choices, usage } = readJson(at, body, type, Echoed);
    this.requireModel(at, model);
    // Offsets count letters, as Python does.
    const from = [...asked.prompt].length;
    const sum = sumWithin(choices[0]!.logprobs, from, from + [...asked.continuation].length);
    return sum === undefined ? null : { logProbability: sum, read: usage?.prompt_tokens };
  }

  private requireModel(at: string, model: string): void {
    const asked = this.options.model;
    if (model === asked) return;
    throw new EndpointError(
      `${at}: asked for the model "${asked}", and another answered: what it says is not kept; add the generator by the name that answers`,
      undefined,
      { detail: `the model ${JSON.stringify(model.slice(0, 200))} answered` },
    );
  }

  private at(path: string): string {
    return below(this.options.url, path);
  }

  private async asked<T>(at: string, { body, method, text, accepts }: Sent, read: (reply: Reply) => T): Promise<T> {
    const { key, reach, signal, model } = this.options;
    const { patienceMs = usualPatienceMs, deadlineMs = usualDeadlineMs, patience = usualPatience } = this.options;
    const sent = body && JSON.stringify({ model, ...body });
    const ask = async () => {
      const reply = await exchange(at, {
        method,
        ...(sent !== undefined && { body: sent }),
        key,
        reach,
        patienceMs,
        deadlineMs,
        mostBytes,
        signal,
      });
      if (accepts?.(reply)) return read(reply);
      requireSuccess(at, reply, { answeredBefore: this.answered.has(at), text });
      const answer = read(reply);
      this.answered.add(at);
      return answer;
    };
    try {
      return await retried(ask, patience, signal);
    } catch (error) {
      throw error instanceof EndpointError ? withoutKey(error, key) : error;
    }
  }
}

function usageOf(usage: z.output<typeof Echoed>['usage'], started: number): CallUsage {
  return {
    tokens: usage ? { read: usage.prompt_tokens, written: usage.completion_tokens } : null,
    seconds: (performance.now() - started) / 1000,
  };
}

/** The sum over tokens that end within a part of the text; undefined where not all of these have a probability. */
function sumWithin(
  logprobs: z.output<typeof Echoed>['choices'][number]['logprobs'],
  from: number,
  to: number,
): number | undefined {
  if (!logprobs) return undefined;
  const { token_logprobs: logs, text_offset: offsets } = logprobs;
  const own = logs.filter(
    (_, token) => offsets[token]! < to && (offsets[token + 1] ?? Number.POSITIVE_INFINITY) > from,
  );
  if (own.length === 0 || own.includes(null)) return undefined;
  return own.reduce<number>((sum, log) => sum + log!, 0);
}

/** An endpoint may repeat what it was sent, and what it says is logged. */
function withoutKey(error: EndpointError, key: string | undefined): EndpointError {
  if (!key) return error;
  const detail = detailOf(error)?.replaceAll(key, '…');
  return new EndpointError(error.message.replaceAll(key, '…'), error.again, { detail });
}

/** What is said of any port from which no list of models came; the log of an administrator says what did. */
function unlisted(at: string, error: EndpointError): EndpointError {
  const detail = [error.message, detailOf(error)].filter(Boolean).join(': ');
  return new EndpointError(
    `${at}: no list of models came from there, expected {"data": [{"id": "…"}]}: start an OpenAI-compatible API at this address, which often ends with /v1, and name the variable of its key in keyFrom where it asks for one; the log of the platform says what came`,
    undefined,
    { detail },
  );
}

/** The first models of a list, in one line. */
function namesOf(models: readonly { id: string }[]): string {
  const names = models.slice(0, namedModels).map(({ id }) => shortened(id, 100));
  const more = models.length - names.length;
  return `${names.join(', ') || 'none'}${more > 0 ? ` and ${more} more` : ''}`;
}
