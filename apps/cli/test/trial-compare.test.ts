/** @file Trials of the command line side by side. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPlatform, type Platform, type TestApi } from '../../../test/support/index.js';
import { onPlatform } from './support/on-platform.js';

let platform: Platform;
let api: TestApi;
/** Ids of the trials: LoRA at both ranks, then full fine-tuning. */
let ids: string[];

const { run, json } = onPlatform(() => ({ url: api.url, key: platform.keys.submitter }));

beforeAll(async () => {
  platform = await createPlatform();
  api = await platform.hostApi();
  const spec = {
    name: 'to be compared',
    task: 'moby-dick',
    base: 'nano-sotu',
    methods: [{ name: 'lora' }, { name: 'full-ft' }],
    rank: [4, 8],
    learningRate: [0.001],
    memoryBudgetMiB: [64],
    seed: [0],
    training: { steps: 5, batchSize: 2, sequenceLength: 16 },
  };
  const { id } = await json<{ id: string }>(['sweep', 'submit', '-'], JSON.stringify(spec));
  const list = await json<{ items: { id: string }[] }>(['trial', 'list', '--sweep', id]);
  ids = list.items.map((trial) => trial.id);
  expect(ids).toHaveLength(3);
});
afterAll(() => platform?.stop());

test('shows the settings in which they differ, and their results', async () => {
  await platform.db.trial.update({
    where: { id: ids[0]! },
    data: { result: { validation: { perplexity: 22.25 }, seconds: 3 } },
  });
  const { status, out } = await run(['trial', 'compare', ids[0]!, ids[1]!]);
  expect(status).toBe(0);
  expect(out).toMatch(/^setting +1 lora r4 seed 0 +2 lora r8 seed 0$/m);
  expect(out).toMatch(/^rank +4 +8$/m);
  expect(out).toMatch(/^validation\/perplexity +22\.25 +–$/m);
  expect(out).toMatch(/^Predicted peak memory +[\d.]+ MiB +[\d.]+ MiB$/m);
  expect(out).not.toMatch(/^training\.steps /m);
  expect((await run(['trial', 'compare', ids[0]!, ids[1]!, '--all'])).out).toMatch(/^training\.steps +5 +5$/m);
});

test('writes all rows for programs', async () => {
  const { rows } = await json<{ rows: { name: string; values: unknown[]; differs: boolean }[] }>([
    'trial',
    'compare',
    ...ids,
  ]);
  expect(rows.find(({ name }) => name === 'method')).toMatchObject({
    values: ['lora', 'lora', 'full-ft'],
    differs: true,
  });
  const { out } = await run(['trial', 'compare', ...ids, '--format', 'csv']);
  expect(out.split('\r\n')[0]).toBe(`part,name,differs,${ids.join(',')}`);
  expect(out).toContain('setting,training.steps,false,5,5,5');
  expect((await run(['trial', 'compare', ...ids, '--format', 'markdown'])).out).toContain(
    '| method | lora | lora | full-ft |',
  );
});

test('refuses one trial, and names a trial that does not exist', async () => {
  expect(await run(['trial', 'compare', ids[0]!, ids[0]!])).toMatchObject({
    status: 2,
    err: expect.stringContaining('takes two to 8 trials, got 1'),
  });
  const missing = '0198b2a0-0000-7000-8000-000000000000';
  expect(await run(['trial', 'compare', ids[0]!, missing])).toMatchObject({
    status: 3,
    err: expect.stringContaining(missing),
  });
});
