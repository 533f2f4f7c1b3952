/** @file Which trials a board of the command line is of, and boards and trials as files. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPlatform, type Platform, type TestApi } from '../../../test/support/index.js';
import { onPlatform } from './support/on-platform.js';

let platform: Platform;
let api: TestApi;

beforeAll(async () => {
  platform = await createPlatform();
  api = await platform.hostApi();
});
afterAll(() => platform?.stop());

const { run, json } = onPlatform(() => ({ url: api.url, key: platform.keys.submitter }));

const spec = {
  name: 'a sweep',
  task: 'moby-dick',
  base: 'nano-sotu',
  methods: [{ name: 'lora' }, { name: 'full-ft' }],
  rank: [4],
  learningRate: [0.001],
  memoryBudgetMiB: [64],
  training: { steps: 5, batchSize: 2, sequenceLength: 16 },
};
const submit = (changes: object) =>
  json<{ id: string }>(['sweep', 'submit', '-'], JSON.stringify({ ...spec, ...changes }));

test('a board is of the newest sweep that has a result, says so, and pools all where that is asked for', async () => {
  const task = 'state-of-the-union';
  const steps = async (of: number) => submit({ task, seed: [71], training: { ...spec.training, steps: of } });
  const [first, second] = [await steps(6), await steps(7)];
  await platform.db.trial.updateMany({
    where: { sweepId: { in: [first.id, second.id] }, task },
    data: { state: 'OVER_BUDGET', reason: 'predicted 99 MiB, budget 64 MiB' },
  });
  await steps(8);
  const board = async (...args: string[]) => {
    const { rows } = await json<{ rows: { method: string; steps: number }[] }>(['leaderboard', ...args]);
    return rows.map(({ method, steps: of }) => `${method} ${of}`).sort();
  };
  expect(await board('--task', task)).toEqual(['full-ft 7', 'lora 7']);
  expect(await board('--sweep', first.id)).toEqual(['full-ft 6', 'lora 6']);
  const pooled = ['full-ft 6', 'full-ft 7', 'full-ft 8', 'lora 6', 'lora 7', 'lora 8'];
  expect(await board('--task', task, '--all')).toEqual(pooled);
  expect(await board('--task', task, '--base', 'nano-sotu')).toEqual(pooled);
  expect((await run(['leaderboard', '--task', task])).err).toContain(
    `of sweep ${second.id} (a sweep), the newest with a result; --all pools`,
  );
  const both = await run(['leaderboard', '--sweep', first.id, '--all']);
  expect(both).toMatchObject({ status: 2, err: expect.stringContaining('leave one of them out') });
  const none = await run(['leaderboard', '--task', task, '--kind', 'pretrain']);
  expect(none.err).toContain(`no sweep has --task ${task} and --kind pretrain: submit one`);
});

test('whoever follows a sweep to its end is shown its board', async () => {
  const nothing = JSON.stringify({ ...spec, name: 'too large', seed: [81], memoryBudgetMiB: [1] });
  const submitted = await run(['sweep', 'submit', '-', '--watch'], { input: nothing });
  const board =
    /moby-dick on nano-sotu: test perplexity.*lora r4 .*full-ft .*too large: completed, 0 succeeded, 2 over budget/s;
  expect(submitted).toMatchObject({ status: 0, out: expect.stringMatching(board) });
  const [id] = submitted.err.split(' ');
  expect((await run(['sweep', 'watch', id!])).out).toBe(submitted.out);
  expect(JSON.parse((await run(['sweep', 'watch', id!, '--json'])).out)).toMatchObject({ id, state: 'COMPLETED' });
});

test('a board and all trials are written for other programs', async () => {
  const { id } = await submit({ name: 'to be written', seed: [90, 91], training: { ...spec.training, steps: 9 } });
  const lines = (out: string) => out.trimEnd().split('\r\n');
  const trials = lines((await run(['trial', 'list', '--sweep', id, '--format', 'csv'])).out);
  expect(trials[0]).toMatch(/^id,sweepId,ordinal,kind,state,.*,method,.*,seed,/);
  expect(trials.slice(1).map((line) => line.split(',').slice(1, 4).join())).toEqual(
    [1, 2, 3, 4].map((ordinal) => `${id},${ordinal},train`),
  );
  const board = await run(['leaderboard', '--sweep', id, '--format', 'csv']);
  expect(board).toMatchObject({ status: 0, err: 'no row has a score yet' });
  expect(lines(board.out).map((line) => line.split(',').slice(0, 5).join())).toEqual([
    'task,base,metric,place,name',
    'moby-dick,nano-sotu,perplexity,,lora r4',
    'moby-dick,nano-sotu,perplexity,,full-ft',
  ]);
  expect((await run(['leaderboard', '--sweep', id, '--format', 'markdown'])).out).toMatch(
    /^\*\*moby-dick on nano-sotu: test perplexity .*\| lora r4 \|/s,
  );
  expect((await run(['leaderboard', '--sweep', id, '--format', 'latex'])).out).toContain('\\begin{tabular}');
});
