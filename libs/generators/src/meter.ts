/** @file Counts what is asked of a generator, and ends where a budget of calls does. */
import type { CallUsage, Generator } from '@rankforge/peft';

/** The cost of all calls. Answers of a cassette count as they did when they were given. */
export interface Consumption {
  calls: number;
  /** Calls that a cassette answered. */
  replayed: number;
  /** Null where an endpoint did not say. */
  tokens: { read: number; written: number } | null;
  seconds: number;
}

/** The calls are used up. No answer is cut by it: it comes before the call that would be one too many. */
export class CallsUsedUpError extends Error {
  override readonly name = 'CallsUsedUpError';

  constructor(readonly most: number) {
    super(`the limit of ${most} calls is reached, and the procedure asks for more`);
  }
}

export class Meter {
  readonly used: Consumption = { calls: 0, replayed: 0, tokens: { read: 0, written: 0 }, seconds: 0 };

  constructor(private readonly most = Number.POSITIVE_INFINITY) {}

  readonly replayed = (): void => {
    this.used.replayed += 1;
  };

  /** The generator, each call of which is counted. A score that it does not give is no call. */
  around(generator: Generator): Generator {
    const counted = async <A extends { usage: CallUsage } | null>(ask: () => Promise<A>): Promise<A> => {
      if (this.used.calls >= this.most) throw new CallsUsedUpError(this.most);
      const answer = await ask();
      if (answer) this.add(answer.usage);
      return answer;
    };
    return {
      identity: () => generator.identity(),
      generate: (prompt, options) => counted(() => generator.generate(prompt, options)),
      score: (prompt, continuations) => counted(() => generator.score(prompt, continuations)),
    };
  }

  private add({ tokens, seconds }: CallUsage): void {
    const { used } = this;
    used.calls += 1;
    used.seconds += seconds;
    used.tokens = used.tokens &&
      tokens && { read: used.tokens.read + tokens.read, written: used.tokens.written + tokens.written };
  }
}
