#!/usr/bin/env node
/**
 * Writes a copy of the Cranfield collection as a folder of the format `trec`: `node examples/09-ranking/cranfield.mjs FOLDER OUTPUT`.
 *
 * FOLDER has `cran.all.1400`, `cran.qry` and `cranqrel` as the University of Glasgow distributes them. Queries of `cranqrel` are numbered by
 * their places in `cran.qry`, not by the numbers in it. Codes go from 1, a complete answer, to 4, the least use, so that a grade is 5 less the code.
 *
 * Each query has one document of code −1, which the collection's own description does not explain. `--minus-one` says how it is read: `best` as
 * grade 4, `none` as grade 0. The default is `best`: BM25 places these documents higher than those of code 1, which a document of no use is not.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fail } from '../support/command-line.mjs';
import { stream } from '../support/random.mjs';

const usage = 'usage: node examples/09-ranking/cranfield.mjs FOLDER OUTPUT [--minus-one best|none]';
const names = { documents: 'cran.all.1400', queries: 'cran.qry', judgements: 'cranqrel' };
const gradesOfMinusOne = { best: 4, none: 0 };
const shares = { train: 0.6, dev: 0.15 };

const { folder, output, minusOne } = asked();
for (const name of Object.values(names)) {
  if (!existsSync(join(folder, name)))
    fail(`${folder} has no ${name}; expected ${Object.values(names).join(', ')} of the Cranfield collection`);
}
const documents = recordsOf(names.documents);
const worded = new Map([...documents].filter(([, text]) => text !== ''));
const queries = [...recordsOf(names.queries).values()];
const { judged, left, unclear } = judgements();
const sides = split(queries.length);

mkdirSync(join(output, 'qrels'), { recursive: true });
write(
  'collection.tsv',
  Array.from(worded, ([id, text]) => `${id}\t${text}`),
);
write(
  'queries.tsv',
  queries.map((text, at) => `${at + 1}\t${text}`),
);
for (const side of ['train', 'dev', 'test']) {
  const own = judged.filter(({ query }) => sides[query - 1] === side);
  write(
    `qrels/${side}.txt`,
    own.map(({ query, document, grade }) => `${query} 0 ${document} ${grade}`),
  );
}
report();

function asked() {
  try {
    const { values, positionals } = parseArgs({
      options: { 'minus-one': { type: 'string', default: 'best' } },
      allowPositionals: true,
    });
    const [folder, output, ...more] = positionals;
    const minusOne = values['minus-one'];
    if (output === undefined || more.length > 0 || !Object.hasOwn(gradesOfMinusOne, minusOne)) fail(usage);
    return { folder, output, minusOne };
  } catch (error) {
    return fail(`${error.message}\n${usage}`);
  }
}

function* linesOf(name) {
  const lines = readFileSync(join(folder, name), 'utf8').split(/\r?\n/);
  for (const [at, line] of lines.entries()) {
    yield { line: line.trim(), refuse: (problem) => fail(`${join(folder, name)}, line ${at + 1}: ${problem}`) };
  }
}

/**
 * Texts by the numbers behind `.I`: the words after `.W`, which begin with the title, or stand behind it where they do not. Some
 * texts have lines such as `.A` within; no section begins there.
 */
function recordsOf(name) {
  const records = new Map();
  let [current, section] = [undefined, ''];
  for (const { line, refuse } of linesOf(name)) {
    if (/^\.I\b/.test(line)) {
      const [, id] = /^\.I +(\d+)$/.exec(line) ?? refuse(`"${line}" is no beginning; expected .I and a number`);
      if (current && section !== 'W') refuse('begins a record, and the one before has no .W');
      if (records.has(Number(id))) refuse(`begins record ${id} a second time`);
      [current, section] = [{ T: [], W: [] }, 'I'];
      records.set(Number(id), current);
    } else if (/^\.[TABW]$/.test(line)) {
      if (!current) refuse(`${line} stands before any .I`);
      if (section !== 'W') section = line[1];
    } else if (line !== '') {
      if (!current || section === 'I') refuse('words stand before .T, .A, .B or .W; is the file in another form?');
      current[section]?.push(line);
    }
  }
  if (records.size === 0) fail(`${join(folder, name)} has no record; expected lines such as .I 1, .W and words`);
  if (section !== 'W') fail(`${join(folder, name)} ends within a record that has no .W: the copy is cut off`);
  const folded = (lines) => lines.join(' ').replace(/\s+/g, ' ');
  return new Map(
    Array.from(records, ([id, { T, W }]) => {
      const [title, words] = [folded(T), folded(W)];
      return [id, words.startsWith(title) ? words : `${title} ${words}`.trim()];
    }),
  );
}

/** Reads the judgements of documents with words, and counts those that are left out and those of code −1. */
function judgements() {
  const seen = new Set();
  const judged = [];
  let unclear = 0;
  for (const { line, refuse } of linesOf(names.judgements)) {
    if (line === '') continue;
    const fields = line.split(/\s+/);
    if (fields.length !== 3 || !fields.every((field) => /^-?\d+$/.test(field)))
      refuse(`"${line}" is no judgement; expected a query, a document and a code`);
    const [query, document, code] = fields.map(Number);
    if (query < 1 || query > queries.length)
      refuse(`query ${query} is none of the ${queries.length} in ${names.queries}`);
    if (!documents.has(document)) refuse(`document ${document} is not in ${names.documents}`);
    if (code !== -1 && !(code >= 1 && code <= 5)) refuse(`${code} is no code; expected 1 to 5, or -1`);
    const pair = `${query} ${document}`;
    if (seen.has(pair)) refuse(`judges document ${document} for query ${query} a second time`);
    seen.add(pair);
    if (!worded.has(document)) continue;
    if (code === -1) unclear++;
    judged.push({ query, document, grade: code === -1 ? gradesOfMinusOne[minusOne] : 5 - code });
  }
  if (judged.length === 0) fail(`${join(folder, names.judgements)} judges nothing`);
  return { judged, left: seen.size - judged.length, unclear };
}

/** The side of each query, in an order by chance that is the same on every machine. */
function split(count) {
  const places = stream(1400).shuffled(Array.from({ length: count }, (_, at) => at));
  const [train, dev] = [Math.round(shares.train * count), Math.round((shares.train + shares.dev) * count)];
  const sides = [];
  for (const [at, place] of places.entries()) sides[place] = at < train ? 'train' : at < dev ? 'dev' : 'test';
  return sides;
}

function write(name, lines) {
  writeFileSync(join(output, name), `${lines.join('\n')}\n`);
}

function report() {
  const count = (side) => sides.filter((own) => own === side).length;
  console.log(`${output}: ${worded.size} documents, ${judged.length} judgements and ${queries.length} queries,`);
  console.log(`of which ${count('train')} train, ${count('dev')} choose and ${count('test')} test`);
  console.log(
    `code -1 stands ${unclear} times and is read as grade ${gradesOfMinusOne[minusOne]} (--minus-one ${minusOne})`,
  );
  const wordless = [...documents.keys()].filter((id) => !worded.has(id));
  if (wordless.length > 0)
    console.log(`left out as without words: document ${wordless.join(', ')}, with ${left} of their judgements`);
}
