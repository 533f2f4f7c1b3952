/**
 * Calls for a key that come close together become few: the first is made at once, and all that come within `everyMs` of it one at
 * the end of that time.
 */
export class Paced {
  /** By key that was called for lately: whether it was asked for again since. */
  private readonly resting = new Map<string, { again: boolean }>();

  constructor(
    private readonly everyMs: number,
    private readonly act: (key: string) => void,
  ) {}

  call(key: string): void {
    const rest = this.resting.get(key);
    if (rest) rest.again = true;
    else this.begin(key);
  }

  private begin(key: string): void {
    const rest = { again: false };
    this.resting.set(key, rest);
    setTimeout(() => {
      if (rest.again) this.begin(key);
      else this.resting.delete(key);
    }, this.everyMs).unref();
    this.act(key);
  }
}
