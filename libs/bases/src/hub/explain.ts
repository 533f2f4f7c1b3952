import { HubApiError } from '@huggingface/hub';
import { HubError, HubUnreachableError } from './errors.js';
import type { HubSettings } from './settings.js';

/** What a failed request to the hub means for the person who asked for a model. */
export function explain(error: unknown, id: string, { url, token }: HubSettings): HubError {
  if (error instanceof HubError) return error;
  const cause = error instanceof Error ? error : new Error(String(error));
  if (!(cause instanceof HubApiError)) {
    const reason = (cause.cause as NodeJS.ErrnoException | undefined)?.code ?? cause.message;
    return new HubUnreachableError(`no usable answer from ${url} for ${id} (${reason})`, { cause });
  }
  switch (cause.statusCode) {
    case 401:
    case 403: {
      const access = token
        ? 'HF_TOKEN may not read it: ask for access on its page, or use another token'
        : 'it does not exist, is private, or is gated: check the name, or set HF_TOKEN';
      return new HubError(`${url} refuses ${id} (${cause.statusCode}); ${access}`, { cause });
    }
    case 404:
      return new HubError(`${url} has no model ${id}, or not this revision of it (404)`, { cause });
    default:
      return new HubError(`${url} answers ${cause.statusCode} for ${id}: ${cause.message}`, { cause });
  }
}
