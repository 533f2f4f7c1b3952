/** @file A federation whose clients take their turns apart from the server, piece by piece. */
import { takeTurnApart } from '../../src/apart.js';
import type { FederateInput, FederationEvent } from '../../src/federation.js';
import type { tinyFederation } from './tiny-federation.js';

interface Pieces {
  /** Turns that leave nothing, as `round/client` by their places. */
  lost?: readonly string[];
  /** Clients score validation by themselves, in a piece behind the last round. */
  validates?: boolean;
  /** Input that a client alone has, by its place. */
  own?(client: number): Partial<FederateInput>;
}

/**
 * Runs a federation in as many pieces as it takes, each from what the one before left as bytes.
 *
 * @example await piecewise(tinyFederation())('fedavg', { federation }, { lost: ['1/0'] })
 */
export function piecewise(on: ReturnType<typeof tinyFederation>) {
  return async (
    strategy: string,
    more: Partial<FederateInput>,
    { lost = [], validates = false, own = () => ({}) }: Pieces = {},
  ) => {
    let apart: NonNullable<FederateInput['apart']> = { round: -1, turns: new Map(), validates };
    let resume: Uint8Array | undefined;
    const events: FederationEvent[] = [];
    const onEvent = (event: FederationEvent) => void events.push(event);
    for (let pieces = 1; ; pieces++) {
      const result = await on.run(strategy, { ...more, apart, onEvent, ...(resume && { resume }) });
      if (result.outcome !== 'waiting') return { ...result, pieces, events };
      resume = result.checkpoint!;
      const { round, clients } = result.awaits!;
      const turns = new Map<number, Uint8Array>();
      // They come in any order.
      for (const client of clients.toReversed()) {
        if (lost.includes(`${round}/${client}`)) continue;
        const input = on.input(strategy, { ...more, ...own(client), resume });
        turns.set(client, (await takeTurnApart(input, { round, client }))!);
      }
      apart = { round, turns, validates };
    }
  };
}
