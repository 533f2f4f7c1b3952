#!/usr/bin/env node
/**
 * Measures what words of items and users are worth, by who says them: `node examples/14-recommendation/described.mjs things.csv`, with
 * the table that things.mjs makes. Nobody is asked: who knows the kinds answers, or chance does.
 */
import { stream } from '../support/random.mjs';
import { kinds } from './kinds.mjs';
import { measured } from './measured.mjs';

const kindOf = new Map(Object.entries(kinds).flatMap(([kind, names]) => names.split(', ').map((name) => [name, kind])));
const { uniform } = stream(1703);
/** Kinds by chance: one of an item, two of a user. */
const anyKind = (prompt) => {
  const left = Object.keys(kinds);
  const drawn = () => left.splice(Math.floor(uniform() * left.length), 1)[0];
  return prompt.endsWith('Kind:') ? drawn() : `${drawn()}, ${drawn()}`;
};

/** The kind of an item; of a user, the two kinds that his or her items have most of. */
function known(prompt) {
  const names = [...prompt.slice(prompt.lastIndexOf('\n\n')).matchAll(/"([^"]+)"/g)].map(([, name]) => name);
  const counts = new Map();
  for (const name of names) counts.set(kindOf.get(name), (counts.get(kindOf.get(name)) ?? 0) + 1);
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, 2)
    .map(([kind]) => kind)
    .join(', ');
}
const atTimes = (share) => (prompt) => (uniform() < share ? known(prompt) : anyKind(prompt));
const words = { edges: 0, attributes: 1, profiles: 2 };

await measured(
  'described.mjs',
  'words',
  [
    ['none', { edges: 0 }],
    ['edges by co-occurrence', { edges: 2, augmenter: 'co-occurrence', prune: 0 }],
    ...[0, 0.5].flatMap((prune) => [
      [`of items, right, prune ${prune}`, { ...words, profiles: 0, prune }, known],
      [`of both, right, prune ${prune}`, { ...words, prune }, known],
      [`of both, right three times of four, prune ${prune}`, { ...words, prune }, atTimes(0.75)],
      [`of both, right half of the time, prune ${prune}`, { ...words, prune }, atTimes(0.5)],
      [`of both, by chance, prune ${prune}`, { ...words, prune }, anyKind],
    ]),
  ],
  { test: 0.2 },
);
