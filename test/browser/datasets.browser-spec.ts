/** @file Adding data in the page: file, columns, mapping, preview, report. */
import { encode } from 'fast-png';
import type { Page } from 'playwright-core';
import { pack } from 'tar-stream';
import { expect, it } from 'vitest';
import { collectionOf, lettersOf } from '../../libs/tasks/test/support/collection.js';
import { horizontalOverflow, keepPicture, looks, signInByLink } from './dashboard-page.js';
import { createEmptyPlatform, openedDashboard } from './opened-dashboard.js';

const on = openedDashboard(createEmptyPlatform);

/** One text stands in train and in test; class b is rare. */
const rows = [
  'review,verdict,part',
  ...['alpha beta gamma delta', 'one two three four', 'red green blue white', 'north south east west'].map(
    (text, index) => `${text},${index === 3 ? 'bad' : 'good'},train`,
  ),
  'spring summer autumn winter,good,validation',
  'alpha beta gamma delta,good,test',
  'bread butter cheese wine,bad,test',
].join('\n');

async function choose(page: Page, label: string, option: string): Promise<void> {
  await page.getByRole('combobox', { name: label }).click();
  await page.getByRole('option', { name: option, exact: true }).click();
}

it('takes a file to a data set with its report, and says what is wrong on the way', async () => {
  const { page, errors, external, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.submitter, '/datasets');
  await page.getByText('No data of your own yet').waitFor();
  await page.getByRole('link', { name: 'Add data' }).click();

  const file = (content: string) => ({ name: 'Reviews.csv', mimeType: 'text/csv', buffer: Buffer.from(content) });
  await page.locator('input[type=file]').setInputFiles(file(`${rows}\n"open`));
  expect(await page.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('reviews');
  await page.getByRole('button', { name: 'Read columns' }).click();
  await page.getByText('Columns: review, verdict, part').waitFor();
  const name = page.getByRole('textbox', { name: 'Name' });
  const look = page.getByRole('button', { name: 'Preview' });
  await name.fill('My Reviews');
  await expect.poll(() => name.getAttribute('aria-invalid')).toBe('true');
  await page
    .getByText('name it in lower-case words joined by dashes, at most 64 characters, e.g. "my-reviews"', {
      exact: true,
    })
    .waitFor();
  expect(await look.isDisabled()).toBe(true);
  const lacks = page.getByText(/^To go on: name it in lower-case words .*; choose the column of the text; choose/);
  expect(await look.getAttribute('aria-describedby')).toBe(await lacks.getAttribute('id'));
  await name.fill('reviews');
  await choose(page, 'Text', 'review');
  await choose(page, 'Label', 'verdict');
  await page.getByText('By a column').click();
  await choose(page, 'Column that says train, validation or test', 'part');
  await page.getByRole('button', { name: 'Preview' }).click();
  await page
    .getByText(/Reviews\.csv, line 9: a quote is opened and never closed/)
    .first()
    .waitFor();

  await page.locator('input[type=file]').setInputFiles(file(rows));
  await page.getByRole('button', { name: 'Read columns' }).click();
  await page.getByRole('button', { name: 'Preview' }).click();
  await page.getByText('Examples in two splits: 1').waitFor();
  await page.getByRole('region', { name: 'First rows' }).getByText('spring summer autumn winter').waitFor();
  expect(await on.platform.db.dataset.count()).toBe(0);
  await page.getByRole('button', { name: 'Keep it' }).click();
  await page.getByRole('heading', { name: 'reviews' }).waitFor();
  await page.getByText('dataset:reviews').waitFor();
  await page.getByRole('progressbar', { name: 'good: 5 examples' }).waitFor();
  await page.getByRole('radiogroup', { name: 'Split' }).getByText('test').click();
  await page.getByText('bread butter cheese wine').waitFor();
  // The refused preview is the one answer that is no success.
  expect(errors.filter((error) => !error.includes('/v1/datasets/preview'))).toEqual([]);
  expect(external).toEqual([]);
  await close();
});

it('takes conversations in place of prompts and completions, and shows what is learned of them', async () => {
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.submitter, '/datasets/new');
  const row = (part: string) => ({
    talk: [
      { role: 'user', content: `Where is ${part}?` },
      { role: 'assistant', content: `In ${part}` },
      { role: 'user', content: 'And then' },
      { role: 'assistant', content: 'North' },
    ],
    part,
  });
  const buffer = Buffer.from(['train', 'validation', 'test'].map((part) => JSON.stringify(row(part))).join('\n'));
  await page.locator('input[type=file]').setInputFiles({ name: 'Talks.jsonl', mimeType: 'application/json', buffer });
  await page.getByRole('button', { name: 'Read columns' }).click();
  await page.getByText('Columns: talk, part').waitFor();
  await choose(page, 'What is learned', 'Completion of a prompt');
  await choose(page, 'Conversation', 'talk');
  expect(await page.getByRole('combobox', { name: 'Prompt' }).isDisabled()).toBe(true);
  expect(await page.getByRole('combobox', { name: 'Completion' }).isDisabled()).toBe(true);
  await choose(page, 'Turns that are learned', 'last');
  await page.getByText('By a column').click();
  await choose(page, 'Column that says train, validation or test', 'part');
  await page.getByRole('button', { name: 'Preview' }).click();
  const first = page.getByRole('region', { name: 'First rows' });
  await first.getByText('user: Where is train?').first().waitFor();
  await first.getByText('North', { exact: true }).first().waitFor();
  await keepPicture(page, 'dataset-conversations');
  await page.getByRole('button', { name: 'Keep it' }).click();
  await page.getByText('dataset:talks').waitFor();
  await page.goto(`${on.api.url}/sweeps/new`);
  await choose(page, 'Task', 'talks');
  await choose(page, 'Chat template', 'lines');
  await keepPicture(page, 'sweep-of-conversations');
  // The base has no template of its own: a preview from before one was chosen is refused, which the browser logs.
  expect(errors.filter((line) => !line.includes('/v1/sweeps/preview'))).toEqual([]);
  await close();
});

it('takes images in an archive', async () => {
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.submitter, '/datasets/new');
  const archive = pack();
  for (let i = 0; i < 40; i++) {
    const data = new Uint8Array(16).fill(i);
    const png = encode({ width: 4, height: 4, channels: 1, depth: 8, data });
    archive.entry({ name: `shapes/${i % 2 ? 'square' : 'circle'}/${i}.png` }, Buffer.from(png));
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  const buffer = Buffer.concat(chunks);
  await page.locator('input[type=file]').setInputFiles({ name: 'Shapes.tar', mimeType: 'application/x-tar', buffer });
  expect(await page.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('shapes');
  await page.getByRole('button', { name: 'Read columns' }).click();
  await page.getByText('Classes: circle, square').waitFor();
  await choose(page, 'Colours', 'Grey');
  await page.getByRole('button', { name: 'Preview' }).click();
  await page.getByRole('region', { name: 'First rows' }).getByText('4 × 4, grey').first().waitFor();
  await page.getByRole('button', { name: 'Keep it' }).click();
  await page.getByRole('heading', { name: 'shapes' }).waitFor();
  const [kept] = await on.platform.db.dataset.findMany({ where: { name: 'shapes' } });
  expect(kept).toMatchObject({ format: 'images', source: 'Shapes.tar' });
  expect(errors).toEqual([]);
  await close();
});

it('takes the most tokens of an answer with questions', async () => {
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.submitter, '/datasets/new');
  const letters = [...'abcdefghijklmnopqrstuvwxyz'];
  const pairs = letters.flatMap((first) => letters.slice(0, 3).map((second) => first + second));
  const lines = pairs.map((pair) => JSON.stringify({ ask: `${pair} ${pair}x ${pair}y`, gold: [`${pair}z`] }));
  const buffer = Buffer.from(lines.join('\n'));
  await page.locator('input[type=file]').setInputFiles({ name: 'who.jsonl', mimeType: 'application/jsonl', buffer });
  await page.getByRole('button', { name: 'Read columns' }).click();
  await choose(page, 'What is learned', 'Answer that the model writes');
  await choose(page, 'Prompt', 'ask');
  await choose(page, 'Answers', 'gold');
  const tokens = page.getByRole('textbox', { name: 'Tokens of an answer' });
  await tokens.fill('257');
  await page.getByText('To go on: choose 2 to 256 tokens of an answer.').waitFor();
  await tokens.fill('6');
  await page.getByRole('button', { name: 'Preview' }).click();
  await page.getByRole('button', { name: 'Keep it' }).click();
  await page.getByRole('heading', { name: 'who' }).waitFor();
  const { mapping } = await on.platform.db.dataset.findFirstOrThrow({ where: { name: 'who' } });
  expect(mapping).toEqual({
    objective: 'question-answering',
    prompt: 'ask',
    answers: 'gold',
    answerTokens: 6,
    segmenter: 'spaces',
  });
  expect(errors).toEqual([]);
  await close();
});

it('takes a collection with its candidates, and asks a method that trains nothing for its own fields alone', async () => {
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.submitter, '/datasets/new');
  const words = lettersOf(40);
  const buffer = collectionOf(words, (word, at) => [`${word} sea`, `${words[(at + 1) % 40]} ship`]);
  await page.locator('input[type=file]').setInputFiles({ name: 'Found.zip', mimeType: 'application/zip', buffer });
  await choose(page, 'Format', 'Collection with judgements (BEIR)');
  await page.getByRole('button', { name: 'Read columns' }).click();
  await page.getByText('Columns: query, text, grade, split, query-id, corpus-id').waitFor();
  await page.getByRole('textbox', { name: 'Candidates' }).fill('5');
  await page.getByRole('button', { name: 'Preview' }).click();
  await page.getByText('Most of a query').waitFor();
  await page.getByRole('button', { name: 'Keep it' }).click();
  await page.getByRole('heading', { name: 'found' }).waitFor();
  const { mapping, report } = await on.platform.db.dataset.findFirstOrThrow({ where: { name: 'found' } });
  const columns = { query: 'query', text: 'text', grade: 'grade' };
  expect(mapping).toEqual({ objective: 'ranking', ...columns, candidates: 5, segmenter: 'spaces' });
  // A word is in the text that is relevant, and in one other.
  expect(report).toMatchObject({ queries: { rows: 80, largest: 2, lostRelevant: 0 } });

  await page.getByRole('main').getByRole('link', { name: 'New sweep' }).click();
  await choose(page, 'Add a method', 'BM25');
  const card = page.getByRole('region', { name: 'Method BM25' });
  await card.getByText('Stop words').first().waitFor();
  expect(await card.getByText('Learning rate').count()).toBe(0);
  expect(await card.getByText('Optimizer').count()).toBe(0);
  expect(errors).toEqual([]);
  await close();
});

it('takes its data set along to a new sweep', async () => {
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.submitter, '/datasets');
  const list = page.getByRole('region', { name: 'Data sets' });
  await list.getByRole('link', { name: 'reviews' }).click();
  await page.getByRole('heading', { name: 'reviews' }).waitFor();
  await page.getByRole('main').getByRole('link', { name: 'New sweep' }).click();
  await expect.poll(() => page.getByRole('combobox', { name: 'Task' }).inputValue()).toBe('reviews');
  expect(errors).toEqual([]);
  await close();
});

it.each(looks)('fits $width pixels in the $colorScheme theme', async ({ colorScheme, width }) => {
  const { id } = await on.platform.db.dataset.findFirstOrThrow();
  const { page, errors, close } = await on.openPage({ colorScheme, viewport: { width, height: 900 } });
  for (const [name, path] of Object.entries({
    data: '/datasets',
    add: '/datasets/new',
    dataset: `/datasets/${id}`,
  })) {
    await signInByLink(page, on.platform.keys.submitter, path);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.waitForLoadState('networkidle');
    expect(await horizontalOverflow(page), `${path} at ${width}`).toBe(0);
    await keepPicture(page, `${name} ${colorScheme} ${width}`);
  }
  expect(errors).toEqual([]);
  await close();
});

it('makes the board of another metric of its task', async () => {
  const { page, errors, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.viewer, '/leaderboard?task=dataset:reviews&base=nano-sotu');
  await choose(page, 'Metric', 'macroF1');
  await page.waitForURL(/metric=macroF1/);
  await page.getByText('Nothing to rank yet').waitFor();
  expect(errors).toEqual([]);
  await close();
});

it('offers a viewer nothing to change', async () => {
  const { page, close } = await on.openPage();
  await signInByLink(page, on.platform.keys.viewer, '/datasets');
  await page.getByRole('region', { name: 'Data sets' }).waitFor();
  expect(await page.getByRole('link', { name: 'Add data' }).count()).toBe(0);
  await close();
});
