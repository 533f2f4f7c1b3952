import { Inject, Injectable } from '@nestjs/common';
import type { Caller } from '../access/access.js';
import { Callers } from '../access/callers.js';
import { Background } from '../platform/background.js';
import type { ApiSettings } from '../platform/env.js';
import { ProblemError } from '../platform/http/problem.js';
import { SETTINGS } from '../platform/settings.js';

/** A credential that ended opens nothing from the next request on; a stream that it opened may last for so long. */
const lookEveryMs = 2000;

/** The place of one open stream. */
export interface StreamPlace {
  /** Ends the stream when its credential has ended. */
  onEnd(end: () => void): void;
  leave(): void;
}

interface Held {
  caller: Caller;
  /** The project that the request named. */
  asked: string | undefined;
  over: boolean;
  end: () => void;
}

/**
 * Lets a key hold so many streams, and ends those whose key, session or membership has ended: a request is authenticated
 * when it begins, and a stream lasts.
 */
@Injectable()
export class StreamKeeper extends Background {
  private readonly held = new Map<string, Set<Held>>();

  constructor(
    private readonly callers: Callers,
    @Inject(SETTINGS) private readonly settings: ApiSettings,
  ) {
    super('keys of event streams', lookEveryMs);
  }

  /** @throws ProblemError `rate-limited` when the key, or the person, holds as many streams as one may */
  admit(caller: Caller, asked: string | undefined): StreamPlace {
    const holder = caller.keyId ?? `person ${caller.name}`;
    const streams = this.held.get(holder) ?? new Set();
    const { streamsPerKey } = this.settings;
    if (streams.size >= streamsPerKey) {
      const detail = `"${caller.name}" holds ${streams.size} event streams, and ${streamsPerKey} are allowed (RANKFORGE_STREAMS_PER_KEY); close one`;
      throw new ProblemError('rate-limited', detail);
    }
    const held: Held = { caller, asked, over: false, end: () => undefined };
    this.held.set(holder, streams.add(held));
    return {
      onEnd(end) {
        held.end = end;
        if (held.over) end();
      },
      leave: () => {
        streams.delete(held);
        if (streams.size === 0 && this.held.get(holder) === streams) this.held.delete(holder);
      },
    };
  }

  protected async round(): Promise<void> {
    const streams = [...this.held.values()].flatMap((of) => [...of]);
    const answers = new Map<string, boolean>();
    for (const held of streams) {
      const { caller, asked } = held;
      const key = [caller.credential.kind, caller.credential.hash, asked ?? '', caller.project.id].join(' ');
      const holds = answers.get(key) ?? (await this.stillHolds(caller, asked));
      answers.set(key, holds);
      if (holds) continue;
      held.over = true;
      held.end();
    }
  }

  /** Whether the credential would open the same stream now. */
  private async stillHolds({ credential, project }: Caller, asked: string | undefined): Promise<boolean> {
    try {
      const now = await this.callers.find(credential, asked);
      // A session that looks at another project by now keeps the streams of the one before, if it may still see it.
      return now !== undefined && (now.installation || now.project.id === project.id);
    } catch (error) {
      if (error instanceof ProblemError) return false;
      throw error;
    }
  }
}
