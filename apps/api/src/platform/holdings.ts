import { ProblemError } from './http/problem.js';

/** Counts what projects hold at once, and bounds it for each. */
export class Holdings {
  private readonly held = new Map<string, number>();

  /** @param things words for several of what is held */
  constructor(
    private readonly atMost: number,
    private readonly things: string,
  ) {}

  /**
   * Takes one for an owner; what is returned gives it back, and may be called again.
   *
   * @throws ProblemError `rate-limited` where the owner holds as many as it may
   */
  take(owner: string): () => void {
    const before = this.held.get(owner) ?? 0;
    if (before >= this.atMost) {
      const detail = `This project has ${before} ${this.things} under way, as many as it may; send it again when one has ended`;
      throw new ProblemError('rate-limited', detail, undefined, { headers: { 'retry-after': '10' } });
    }
    this.held.set(owner, before + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      const left = this.held.get(owner)! - 1;
      if (left > 0) this.held.set(owner, left);
      else this.held.delete(owner);
    };
  }
}
