/**
 * @file Sends what many ask for as one statement: what is asked for while one is under way goes out together with the next. The first
 * is sent at once, so nothing waits for company.
 */

interface Waiting<In, Out> {
  asked: In;
  resolve(answer: Out): void;
  reject(error: unknown): void;
}

export interface BatcherOptions<In, Out> {
  /** Most that one statement takes. */
  most: number;
  /**
   * Sends one statement for all of `asked`.
   * @returns the answer to each; undefined for one that must be asked for alone
   */
  many(asked: readonly In[]): Promise<readonly (Out | undefined)[]>;
  /** Asks for one alone: where the statement for many left it open, or failed. */
  one(asked: In): Promise<Out>;
}

/**
 * Has at most one statement for many under way.
 *
 * @example
 * const ends = new Batcher({ most: 64, many: (some) => finishAll(some), one: (end) => finishAlone(end) });
 * await Promise.all(trials.map((trial) => ends.ask(trial)));
 */
export class Batcher<In, Out> {
  private waiting: Waiting<In, Out>[] = [];
  private sending = false;

  constructor(private readonly options: BatcherOptions<In, Out>) {}

  ask(asked: In): Promise<Out> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ asked, resolve, reject });
      if (!this.sending) void this.send();
    });
  }

  private async send(): Promise<void> {
    this.sending = true;
    while (this.waiting.length > 0) {
      const some = this.waiting.splice(0, this.options.most);
      // A statement that Postgres refuses for one must not fail the others: each is asked for alone, and hears of its own error.
      const answers = await this.options.many(some.map(({ asked }) => asked)).catch(() => []);
      for (const [index, { asked, resolve, reject }] of some.entries()) {
        const answer = answers[index];
        if (answer === undefined) this.options.one(asked).then(resolve, reject);
        else resolve(answer);
      }
    }
    this.sending = false;
  }
}
