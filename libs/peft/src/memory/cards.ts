/** @file Cards that a training in torch is estimated for: those that hold a row, and what is left of one for it. */
import { meant } from '../unknown-name.js';

/** A card as a table of them says it. */
export interface Card {
  name: string;
  title: string;
  /** Bytes of its memory, by its data sheet. */
  bytes: number;
  gigabytesPerSecond: number;
  teraflops: number;
}

/** A card with the bytes that are assumed to be taken, and those that are left for what torch reserves. */
export interface CardBytes extends Card {
  overhead: number;
  left: number;
}

/** The table of cards, and what an hour of some of them costs. */
export interface CardOffer {
  cards: readonly Card[];
  prices?: Readonly<Record<string, number>> | undefined;
}

/** Fields of a card in an answer. */
export const toldOfCard = ({ name, title, bytes, overhead, left }: CardBytes) => ({
  name,
  title,
  bytes,
  overhead,
  left,
});
export type ToldCard = ReturnType<typeof toldOfCard>;

const GIB = 2 ** 30;

/**
 * Memory beside what torch reserves: 2 % for the driver, and 0.5 GiB for a process's CUDA context, kernels and libraries. An assumption, and
 * no measurement: drivers, kernels and libraries differ. A budget takes its place.
 */
const assumedOverhead = { share: 0.02, bytes: 0.5 * GIB };

export function bytesOfCard(card: Card): CardBytes {
  const overhead = Math.ceil(assumedOverhead.share * card.bytes + assumedOverhead.bytes);
  return { ...card, overhead, left: card.bytes - overhead };
}

/** The card of a name, whatever its case and whether spaces or dashes part it; else why there is none. */
export function findCard(asked: string, cards: readonly Card[]): Card | string {
  const name = asked
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_]+/g, '-');
  const found = cards.find((card) => card.name === name);
  if (found) return found;
  const known = cards.map((card) => card.name);
  const like = known.filter((other) => name.length > 1 && other.includes(name));
  const hint = like.length > 0 ? ` (did you mean ${like.slice(0, 3).join(' or ')}?)` : meant(name, known);
  return `Unknown card '${asked}'${hint}: use one of ${known.join(', ')}`;
}

/** Cards in the order in which they are offered: the cheapest first of those that have a price, then the smallest first. */
export function offered({ cards, prices = {} }: CardOffer): CardBytes[] {
  const priceOf = ({ name }: CardBytes) => (Object.hasOwn(prices, name) ? prices[name]! : Number.POSITIVE_INFINITY);
  return cards.map(bytesOfCard).sort((a, b) => (priceOf(a) === priceOf(b) ? a.left - b.left : priceOf(a) - priceOf(b)));
}
