/** @file Paper claims against trainings that really ran, on a base, with steps and a tuning that test none of them. */
import type { Leaderboard, PaperClaimList, PaperClaimView } from '@rankforge/contracts';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TestApi } from '../support/index.js';
import { tinyTask } from '../support/tiny-dataset.js';
import { createTinyPlatform, type TinyPlatform } from '../support/tiny-platform.js';
import { submit, tinySweep, untilCompleted } from './worker-sweeps.js';

let platform: TinyPlatform;
let api: TestApi;
let base: string;
let sweepId: string;

beforeAll(async () => {
  platform = await createTinyPlatform();
  ({ api, base } = platform);
  await platform.hostWorker({ RANKFORGE_WORKER_SLOTS: '1' });
  sweepId = await submit(
    platform,
    api,
    tinySweep(base, {
      methods: [
        { name: 'lora' },
        { name: 'lora-xs' },
        { name: 'full-ft' },
        { name: 'gradnormlorp', optimizer: 'gradnormlorp', optimizerConfig: { subspaceRank: 1 } },
      ],
      learningRate: [0.003],
      seed: [0, 1, 2],
      training: { steps: 30, batchSize: 8, sequenceLength: 32 },
    }),
  );
  await untilCompleted(platform, sweepId);
});

afterAll(() => platform.stop());

const read = (accept: string) => platform.request(api, '/v1/paper-claims', { role: 'viewer', headers: { accept } });

const of = (list: PaperClaimList, name: string, kind: PaperClaimView['of'] = 'method'): PaperClaimView => {
  const paperClaim = list.paperClaims.find((one) => one.name === name && one.of === kind);
  if (!paperClaim) throw new Error(`no paper claim of ${name}`);
  return paperClaim;
};

it('are held against the board: measured, not tested on so small a scale, or not measured', async () => {
  const response = await read('application/json');
  expect(response.status).toBe(200);
  const list = (await response.json()) as PaperClaimList;

  const fewer = of(list, 'lora-xs');
  // × 100 is claimed; × 32 is what layers of this width give.
  expect(fewer).toMatchObject({ compare: { measure: 'trained', kind: 'finetune' }, verdict: 'not tested here' });
  // Rank 2 on the queries and values of one block of width 32.
  expect(fewer.evidence).toMatchObject([
    {
      task: tinyTask,
      base,
      own: 2 * 2 * 2,
      other: 2 * 2 * (32 + 32),
      ranks: [2, 2],
      claimed: 0.01,
      interval: null,
      seeds: 3,
      sweepIds: [sweepId],
    },
  ]);

  // A base that was never trained needs more than two adapters: LoRA does not reach full fine-tuning here, which says nothing of the paper.
  const lora = of(list, 'lora');
  expect(lora).toMatchObject({ compare: { other: { method: 'full-ft' } }, verdict: 'not tested here' });
  expect(lora.evidence[0]!.because).toMatch(
    /^a base of 0\.\d+ M parameters, where the paper has 125 M: asked for is a tenth, 12\.5 M; 30 steps, and asked for are 300; lora: learning rate 0\.003 is the only one tried; full-ft: learning rate 0\.003 is the only one tried$/,
  );
  const board = (await (
    await platform.request(api, `/v1/leaderboard?task=${tinyTask}&base=${base}`, { role: 'viewer' })
  ).json()) as Leaderboard;
  // Nobody tuned: one learning rate was tried. A predictor that reads no input is the line to be under.
  for (const { edges } of board.rows)
    expect(edges).toMatchObject([{ axis: 'learningRate', side: 'only', tried: [0.003] }]);
  expect(board.references).toEqual([{ name: 'unigram', score: expect.any(Number) }]);
  expect(board.references[0]!.score).toBeGreaterThan(10);
  expect(board.references[0]!.score).toBeLessThan(1024);
  const score = (method: string) => board.rows.find((row) => row.method === method)!.score!;
  const [evidence] = lora.evidence;
  expect(evidence).toMatchObject({
    own: score('lora'),
    other: score('full-ft'),
    effect: 'ratio',
    metric: 'perplexity',
  });
  expect(evidence!.difference).toBeCloseTo(score('lora') / score('full-ft'), 10);
  expect(evidence!.interval![0]).toBeGreaterThan(1);
  expect(evidence!.adjustedPValue).toBeLessThan(0.05);

  // Of an optimizer, on the method that it is for.
  const both = of(list, 'gradnormlorp', 'optimizer');
  expect(both.compare?.own).toEqual({ method: 'gradnormlorp', optimizer: 'gradnormlorp' });
  expect(both.evidence).toMatchObject([{ task: tinyTask, base, seeds: 3, other: score('lora') }]);
  expect(both.verdict).not.toBe('not measured');

  const dora = of(list, 'dora');
  expect([dora.verdict, dora.evidence, dora.compare?.other.method]).toEqual(['not measured', [], 'lora']);
  expect(of(list, 'dylora')).toMatchObject({
    compare: null,
    untold: 'Boards do not compare the time of whole searches',
    verdict: 'not measured',
  });
  expect(list.without).toContain('rslora');
});

it('leave as a file, by HTTP and by the command line', async () => {
  const response = await read('text/markdown');
  expect(response.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
  const text = await response.text();
  expect(text).toMatch(
    /\| LoRA-XS \| More than 100 times .*\| dataset:tiny, rank 2, 3 seeds \| 8 \| 256 \| × 0.03125 \| × 0.01 \| not tested here on tiny, 0\.\d+ M: a base of [^|]* \|/,
  );
  const { stdout } = await execa(
    process.execPath,
    ['apps/cli/bin/rankforge.js', 'paper-claims', '--format', 'markdown'],
    {
      env: { RANKFORGE_URL: api.url, RANKFORGE_KEY: platform.keys.viewer },
    },
  );
  expect(`${stdout}\n`).toBe(text);
});
