#!/usr/bin/env node
/**
 * Trains the rows of a published table again and prints both figures of each cell: `node examples/15-published/again.mjs SMSSpamCollection`,
 * while `npm run rankforge -- up` runs. SMSSpamCollection is the file of that name in the SMS Spam Collection (UCI, data set 228). What
 * the table is, and what differs: docs/published-tables.md.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRandom, initialValues, openBase, saveBase } from '@rankforge/peft';
import { wilson } from '@rankforge/stats';
import { fail, json, rankforge } from '../support/command-line.mjs';
import { rowsOf, splitOf } from './split.mjs';

const [file] = process.argv.slice(2);
if (file === undefined) fail('usage: node examples/15-published/again.mjs SMSSpamCollection');
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const published = JSON.parse(readFileSync(here('../../bench/published/spam-classification.json'), 'utf8'));
const sweep = JSON.parse(readFileSync(here('sweep.json'), 'utf8'));
const dataset = 'sms-spam';
const randomName = `${sweep.base}-random`;
/** The digest of label, tab, text and line break of every message of the split, as pandas gives them to the published script. */
const sha256 = 'e791d27d8a1dae2863d9d744ca298cf2720a63fd923a5790e0c7af5b4d81f4fd';
const work = mkdtempSync(join(tmpdir(), 'rankforge-published-'));

try {
  if (!json('dataset', 'list').datasets.some(({ name }) => name === dataset)) addMessages();
  if (!json('base', 'list').bases.some(({ name }) => name === randomName)) await addRandomBase();
  // Submitted together, so that no place waits for the last training of a sweep.
  const rows = published.rows.map((row) => ({ ...row, ids: requestsOf(row).map(submitted) }));
  console.log(
    ['row', 'trained', 'weights', 'theirs', ...sweep.learningRate.map((rate) => `ours at ${rate}`)].join(' | '),
  );
  for (const row of rows) console.log(cellsOf(row).join(' | '));
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** A row at each learning rate of the sweep. Each is a sweep of its own: of the configurations of one, the best on validation alone is scored. */
function requestsOf({ weights, trained, again: { method, config } }) {
  const own = sweep.methods.find(({ name }) => name === method);
  const request = {
    ...sweep,
    name: `${trained}, ${weights} weights`,
    methods: [{ ...own, config }],
    ...(weights === 'random' ? { base: randomName } : {}),
  };
  return sweep.learningRate
    .map((rate) => ({ ...request, learningRate: [rate] }))
    .map((each) => (method === 'lora' ? each : withoutRank(each)));
}

function withoutRank({ rank: _, ...request }) {
  return request;
}

function submitted(request, index) {
  const file = join(work, `request-${index}.json`);
  writeFileSync(file, JSON.stringify(request));
  return json('sweep', 'submit', file).id;
}

/** The messages that the published script splits, in its split. */
function addMessages() {
  const messages = splitOf(rowsOf(readFileSync(file, 'utf8')));
  const found = createHash('sha256')
    .update(messages.map(({ label, text }) => `${label}\t${text}\n`).join(''))
    .digest('hex');
  if (found !== sha256) {
    fail(
      `${file} does not give the messages of the published split (sha256 ${found}, expected ${sha256}): take SMSSpamCollection as it is in UCI's archive`,
    );
  }
  const quoted = (text) => `"${text.replaceAll('"', '""')}"`;
  const lines = messages.map(({ label, text, split }) => [quoted(text), label, split].join(','));
  const csv = join(work, 'sms-spam.csv');
  writeFileSync(csv, `text,label,split\n${lines.join('\n')}\n`);
  rankforge('dataset', 'add', dataset, '--file', csv, '--text', 'text', '--label', 'label', '--split-column', 'split');
}

/** The shapes and the tokenizer of the pretrained base, with weights of seed 123. */
async function addRandomBase() {
  const models = process.env.RANKFORGE_MODELS_DIR ?? here('../../models');
  const { config, tokenizer } = await openBase(join(models, sweep.base));
  await saveBase(join(work, 'random'), { config, tokenizer, values: initialValues(config, createRandom(123)) });
  rankforge('base', 'add', join(work, 'random'), '--name', randomName);
}

/** The one row of the board of a sweep, once it has ended. */
function rowOf(id) {
  rankforge('sweep', 'watch', id);
  return json('leaderboard', '--sweep', id).rows[0];
}

function cellsOf({ row, weights, trained, test, ids }) {
  const successes = Math.round((test / 100) * published.examples.test);
  const { low, high } = wilson({ successes, examples: published.examples.test }, 0.95);
  const percent = (share) => (100 * share).toFixed(1);
  const cell = (score, [low, high]) => `${score} (${percent(low)} … ${percent(high)})`;
  const scored = ({ status, score, interval }) => (score === null ? status : cell(percent(score), interval));
  return [row, trained, weights, cell(test.toFixed(1), [low, high]), ...ids.map(rowOf).map(scored)];
}
