#!/usr/bin/env node
/**
 * A made-up archive whose queries use other words than its entries: `node examples/10-retrieval/archive.mjs archive.csv negations.csv`.
 *
 * Each of 600 entries says in one word each which thing it is about, in which state it was, what was done and when; each of these has four
 * words that mean the same, and no two entries mean the same. `archive.csv`: a query asks for one entry in words drawn anew, so
 * that it shares a word of four with it, on average; 360 queries are to train on, 60 to choose by and 180 of the test split. An entry that a search by words puts first
 * mostly means something else, and only who learned which words mean the same finds the right one.
 *
 * `negations.csv`: 240 entries of five to ten words about two of eight things, each thing beside two others alone. Training queries ask for a thing and a time;
 * those of validation and test for a thing `but not` another, which half of the entries about the first are about too.
 */
import { writeFileSync } from 'node:fs';
import { fail } from '../support/command-line.mjs';
import { stream } from '../support/random.mjs';

const [archive, negations] = process.argv.slice(2);
if (negations === undefined) fail('usage: node examples/10-retrieval/archive.mjs ARCHIVE.csv NEGATIONS.csv');

const things = [
  ['ship', 'vessel', 'boat', 'bark'],
  ['house', 'home', 'dwelling', 'cabin'],
  ['road', 'street', 'path', 'lane'],
  ['school', 'college', 'academy', 'class'],
  ['money', 'coin', 'cash', 'gold'],
  ['horse', 'mare', 'pony', 'colt'],
  ['field', 'meadow', 'acre', 'pasture'],
  ['letter', 'note', 'message', 'telegram'],
];
const states = [
  ['good', 'fine', 'sound', 'fair'],
  ['bad', 'poor', 'broken', 'rotten'],
  ['new', 'fresh', 'recent', 'modern'],
  ['old', 'ancient', 'aged', 'worn'],
  ['large', 'big', 'great', 'huge'],
  ['small', 'little', 'tiny', 'slight'],
];
const acts = [
  ['bought', 'purchased', 'acquired', 'obtained'],
  ['sold', 'traded', 'exchanged', 'auctioned'],
  ['lost', 'missing', 'gone', 'mislaid'],
  ['built', 'raised', 'made', 'erected'],
  ['burned', 'fired', 'scorched', 'charred'],
  ['stolen', 'robbed', 'taken', 'seized'],
];
const times = [
  ['spring', 'april', 'may', 'planting'],
  ['summer', 'june', 'july', 'heat'],
  ['autumn', 'october', 'november', 'harvest'],
  ['winter', 'january', 'snow', 'frost'],
  ['morning', 'dawn', 'sunrise', 'daybreak'],
  ['night', 'midnight', 'dark', 'evening'],
];
const splitsOf = (counts) => Object.entries(counts).flatMap(([split, count]) => Array(count).fill(split));
const write = (file, lines) => {
  writeFileSync(file, `${['query,text,grade,split', ...lines].join('\n')}\n`);
  console.log(`${file}: ${lines.length} rows`);
};

function archiveLines({ one, shuffled }) {
  const meanings = things.flatMap((thing) =>
    states.flatMap((state) => acts.flatMap((act) => times.map((time) => [state, thing, act, time]))),
  );
  const said = (meaning) => meaning.map(one).join(' ');
  const splits = splitsOf({ train: 360, validation: 60, test: 180 });
  return shuffled(meanings)
    .slice(0, splits.length)
    .map((meaning, at) => `${said(meaning)},${said(meaning)},1,${splits[at]}`);
}

function negationLines({ one, below }) {
  const entries = Array.from({ length: 240 }, () => {
    const first = below(things.length);
    const about = [first, (first + 1) % things.length];
    const time = below(times.length);
    const words = Array.from({ length: 2 + below(6) }, () => one(one(one([states, acts]))));
    const text = [one(things[about[0]]), words[0], one(things[about[1]]), ...words.slice(1), one(times[time])].join(
      ' ',
    );
    return { about, time, text };
  });
  const rows = (query, split, isMeant) => entries.filter(isMeant).map(({ text }) => `${query},${text},1,${split}`);
  const asked = new Set();
  const once = (query) => !asked.has(query) && asked.add(query);
  const lines = [];
  for (const [at, split] of splitsOf({ train: 300, validation: 40, test: 120 }).entries()) {
    const wanted = below(things.length);
    const time = below(times.length);
    const unwanted = (wanted + (at % 2 === 0 ? 1 : things.length - 1)) % things.length;
    const isAbout =
      (thing) =>
      ({ about }) =>
        about.includes(thing);
    const [query, isMeant] =
      split === 'train'
        ? [`${one(things[wanted])} ${one(times[time])}`, (entry) => isAbout(wanted)(entry) && entry.time === time]
        : [
            `${one(things[wanted])} but not ${one(things[unwanted])}`,
            (entry) => isAbout(wanted)(entry) && !isAbout(unwanted)(entry),
          ];
    if (once(query)) lines.push(...rows(query, split, isMeant));
  }
  return lines;
}

write(archive, archiveLines(stream(2104)));
write(negations, negationLines(stream(2419)));
