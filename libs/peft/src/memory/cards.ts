/** @file Cards that a training in torch is estimated for: those that hold a row, and what is left of one for it. */
import { meant } from '../unknown-name.js';

/** A card as a table of them says it. */
export interface Card {
  name: string;
  title: string;
  /** GiB that CUDA says the card has. */
  gib: number;
  /** GiB of a process beside what torch reserves; absent: not known. */
  contextGib?: number;
  gigabytesPerSecond: number;
  teraflops: number;
}

/** A card with its bytes, and those of them that are left for what torch reserves. */
export interface CardBytes extends Card {
  bytes: number;
  context: number;
  left: number;
}

/** The table of cards, and what an hour of some of them costs. */
export interface CardOffer {
  cards: readonly Card[];
  prices?: Readonly<Record<string, number>> | undefined;
}

/** What an answer says of a card. */
export const toldOfCard = ({ name, title, bytes, context, left }: CardBytes) => ({ name, title, bytes, context, left });
export type ToldCard = ReturnType<typeof toldOfCard>;

const GIB = 2 ** 30;

/** A card whose context is not known is given the largest that is. */
export function bytesOfCard(card: Card, cards: readonly Card[]): CardBytes {
  const { gib, contextGib } = card;
  const largest = Math.max(0, ...cards.flatMap((card) => card.contextGib ?? []));
  const [bytes, context] = [Math.floor(gib * GIB), Math.ceil((contextGib ?? largest) * GIB)];
  return { ...card, bytes, context, left: bytes - context };
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
  return cards
    .map((card) => bytesOfCard(card, cards))
    .sort((a, b) => (priceOf(a) === priceOf(b) ? a.left - b.left : priceOf(a) - priceOf(b)));
}
