/** @file What a training process tells its worker so that it is not taken for a frozen one. */
import type { Turn } from '@rankforge/peft';
import type { Work } from './stall-watch.js';

/** Time between two messages that say the same. */
const everyMs = 100;

/**
 * Signs of one order: a training works at a pace once it has made a step, a scoring from its first batch.
 *
 * @example
 * const signs = new SignsOfLife(!trialKindOf(order.kind).trains, (work) => send({ type: 'moved', trialId, work }));
 * await execute(order, { ...tools, turn: signs.of(turn) });
 */
export class SignsOfLife {
  private said: Work = 'other';
  private saidAt = Number.NEGATIVE_INFINITY;

  constructor(
    /** Batches come at a pace. */
    private paced: boolean,
    private readonly tell: (work: Work) => void,
  ) {}

  /** The order has made a step. */
  stepped(): void {
    this.paced = true;
    this.say('steps');
  }

  /** What follows has no pace: the next batch ends it. */
  other(): void {
    this.say('other');
  }

  /** A turn that tells of every batch, and of work away from the engine. */
  of(turn: Turn): Turn {
    const batch = () => this.say(this.paced ? 'steps' : 'other');
    return {
      ...turn,
      pass() {
        batch();
        return turn.pass();
      },
      away: async (work) => {
        this.other();
        try {
          return await turn.away(work);
        } finally {
          batch();
        }
      },
    };
  }

  private say(work: Work): void {
    const now = performance.now();
    if (work === this.said && now - this.saidAt < everyMs) return;
    [this.said, this.saidAt] = [work, now];
    this.tell(work);
  }
}
