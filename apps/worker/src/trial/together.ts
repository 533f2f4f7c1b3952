/**
 * @file Statements of many trials as one: what is asked for while a statement is under way goes out together with the next. The first is
 * sent at once, so that waiting for others costs no trial anything.
 */

interface Waiting<In, Out> {
  asked: In;
  resolve(answer: Out): void;
  reject(error: unknown): void;
}

export interface TogetherOptions<In, Out> {
  /** Most that one statement takes. */
  most: number;
  /**
   * Sends one statement for all of `asked`.
   * @returns the answer to each; undefined where it is to be asked for alone
   */
  many(asked: readonly In[]): Promise<readonly (Out | undefined)[]>;
  /** Asks for one alone: that a statement for many left open, or one of many that failed together. */
  one(asked: In): Promise<Out>;
}

/** Gathers what is asked for while a statement is under way. */
export class Together<In, Out> {
  private waiting: Waiting<In, Out>[] = [];
  private sending = false;

  constructor(private readonly options: TogetherOptions<In, Out>) {}

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
      const answers = await this.options
        .many(some.map(({ asked }) => asked))
        // One that Postgres refuses must not take the others with it: each hears of its own.
        .catch(() => []);
      some.forEach((waiting, index) => {
        const answer = answers[index];
        if (answer === undefined) this.options.one(waiting.asked).then(waiting.resolve, waiting.reject);
        else waiting.resolve(answer);
      });
    }
    this.sending = false;
  }
}
