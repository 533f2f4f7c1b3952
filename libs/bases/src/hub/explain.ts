import { HubApiError } from '@huggingface/hub';
import { HubError, HubUnreachableError, HubUnseenError } from './errors.js';
import type { HubSettings } from './settings.js';

/** What a failed request to the hub means for the person who asked for a model. */
export function explain(error: unknown, id: string, settings: HubSettings): HubError {
  if (error instanceof HubError) return error;
  const cause = error instanceof Error ? error : new Error(String(error));
  if (!(cause instanceof HubApiError)) {
    const reason = (cause.cause as NodeJS.ErrnoException | undefined)?.code ?? cause.message;
    const answer = `no usable answer from ${settings.url} for ${id} (${reason})`;
    return new HubUnreachableError(settings.passedProxy ? `${answer}${throughProxy(settings.passedProxy)}` : answer, {
      cause,
    });
  }
  return explainStatus(cause.statusCode, cause.message, id, settings, { cause });
}

const throughProxy = (variable: string) =>
  `; ${variable} names a proxy, which Node.js takes from 22.21 on, with NODE_USE_ENV_PROXY=1 and NO_PROXY=127.0.0.1,localhost: ` +
  'set these, or fetch the folder by other means and give it';

/** The meaning of an answer that is none of the model. */
export function explainStatus(
  status: number,
  message: string,
  id: string,
  { url, token }: HubSettings,
  options?: ErrorOptions,
): HubError {
  switch (status) {
    case 401:
    case 403: {
      const access = token
        ? 'HF_TOKEN may not read it: ask for access on its page, or use another token'
        : 'it does not exist, is private, or is gated: check the name, or set HF_TOKEN';
      return new HubUnseenError(`${url} refuses ${id} (${status}); ${access}`, options);
    }
    case 404:
      return new HubUnseenError(`${url} has no model ${id}, or not this revision of it (404)`, options);
    default:
      return new HubError(`${url} answers ${status} for ${id}: ${message}`, options);
  }
}
