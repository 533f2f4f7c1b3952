import { MantineProvider } from '@mantine/core';
import type { FederationReport } from '@rankforge/contracts';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { messageRuns, mostClients, rowsOfRuns } from '../src/features/trials/messages.js';
import { MessagesMap } from '../src/features/trials/messages-map.js';

const report = (names: readonly string[], history: FederationReport['history']): FederationReport => ({
  clients: names.map((name) => ({ name, examples: 1, rounds: 2 })),
  bytes: { up: 0, down: 0 },
  setUp: { up: 0, down: 0 },
  history,
});
const round = (number: number, up: [number, number], lost?: number[]): FederationReport['history'][number] => ({
  round: number,
  participants: [0],
  ...(lost && { lost }),
  bytes: { up: up[0] + up[1], down: 2048 },
  bytesByClient: { up, down: [1024, 1024] },
});
const rounds = [round(1, [1024, 2048]), round(2, [1024, 0], [1]), round(3, [1024, 2048])];
const two = ['north', 'east'];

describe('messageRuns', () => {
  it('joins rounds that are alike, and says who was lost', () => {
    const [north, east] = messageRuns(report(two, rounds));
    expect(north).toEqual({ name: 'north', runs: [{ from: 1, to: 4, up: 1024, down: 1024, lost: false }] });
    expect(east!.runs.map(({ from, up, lost }) => [from, up, lost])).toEqual([
      [1, 2048, false],
      [2, 0, true],
      [3, 2048, false],
    ]);
    const said = rowsOfRuns([north!, east!]).map(({ cells }) => cells[cells.length > 1 ? 1 : 0]!.said);
    expect(said.map((lines) => lines.map(({ name, value }) => `${name}: ${value}`))).toEqual([
      ['Rounds 1 to 3, each, up: 1.00 KiB', 'Rounds 1 to 3, each, down: 1.00 KiB'],
      ['Round 2, up: lost', 'Round 2, down: 1.00 KiB'],
    ]);
  });

  it('has no rows where bytes are not known by client, and no more than there is room for', () => {
    const unknown = { ...rounds[0]!, bytesByClient: undefined };
    expect(messageRuns(report(two, [unknown]))).toEqual([]);
    const many = Array.from({ length: 100 }, (_, place) => `client-${place}`);
    expect(messageRuns(report(many, rounds))).toHaveLength(mostClients);
  });
});

describe('MessagesMap', () => {
  const markupOf = (given: FederationReport) =>
    renderToStaticMarkup(createElement(MantineProvider, null, createElement(MessagesMap, { report: given })));

  it('says in words in how many rounds each client sent, and how much', () => {
    const rows = [...markupOf(report(two, rounds)).matchAll(/<th scope="row">(\w+)<\/th>((?:<td>[^<]*<\/td>)+)/g)];
    expect(rows.map(([, name, cells]) => [name, ...cells!.split(/<\/?td>/).filter(Boolean)])).toEqual([
      ['north', '3', '1.00 KiB', '1.00 KiB'],
      ['east', '2', '2.00 KiB', '2.00 KiB'],
    ]);
  });

  it('draws as many rounds as a report may tell by client', () => {
    const all = Array.from({ length: 50_000 }, (_, at) => round(at + 1, [at, 1]));
    expect(markupOf(report(two, all))).toContain('aria-label="Bytes that 2 clients sent, by round"');
  });
});
