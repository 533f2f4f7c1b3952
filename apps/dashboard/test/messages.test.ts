import type { FederationReport } from '@rankforge/contracts';
import { describe, expect, it } from 'vitest';
import { messageRows, mostClients } from '../src/features/trials/messages.js';

const clientsNamed = (names: readonly string[]) => names.map((name) => ({ name, examples: 1, rounds: 2 }));
const report = (names: readonly string[], history: FederationReport['history']): FederationReport => ({
  clients: clientsNamed(names),
  bytes: { up: 0, down: 0 },
  setUp: { up: 0, down: 0 },
  history,
});
const rounds: FederationReport['history'] = [
  {
    round: 1,
    participants: [0, 1],
    bytes: { up: 3072, down: 2048 },
    bytesByClient: { up: [1024, 2048], down: [1024, 1024] },
  },
  {
    round: 2,
    participants: [0],
    lost: [1],
    bytes: { up: 1024, down: 2048 },
    bytesByClient: { up: [1024, 0], down: [1024, 1024] },
  },
];

describe('messageRows', () => {
  it('has what each client sent and was sent in each round, and says who was lost', () => {
    const [north, east] = messageRows(report(['north', 'east'], rounds));
    expect([north!.name, north!.cells.map(({ from, to, value }) => [from, to, value])]).toEqual([
      'north',
      [
        [1, 2, 1024],
        [2, 3, 1024],
      ],
    ]);
    expect(east!.cells.map(({ value, said }) => [value, said.map(({ name, value }) => `${name}: ${value}`)])).toEqual([
      [2048, ['Round 1, up: 2.00 KiB', 'Round 1, down: 1.00 KiB']],
      [0, ['Round 2, up: lost', 'Round 2, down: 1.00 KiB']],
    ]);
  });

  it('has no rows where bytes are not known by client, and no more than there is room for', () => {
    const unknown = { ...rounds[0]!, bytesByClient: undefined };
    expect(messageRows(report(['north', 'east'], [unknown]))).toEqual([]);
    const many = Array.from({ length: 100 }, (_, place) => `client-${place}`);
    expect(messageRows(report(many, rounds))).toHaveLength(mostClients);
  });
});
