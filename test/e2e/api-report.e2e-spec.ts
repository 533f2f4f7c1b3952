/** @file Reports of sweeps: what stands in them, in both formats, and that no name becomes markup. */
import type { Leaderboard, TrialView } from '@rankforge/contracts';
import { finishTrial } from '@rankforge/db';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/index.js';
import { type ApiUnderTest, create, expectProblem, playWorker, startApi, trialsOf } from './api-client.js';
import { memory, playedTrials } from './played-trials.js';

const hostile = '<script>alert(1)</script> | `a` & "b" [x](javascript:y)';

let api: ApiUnderTest;
let workerId: string;
const { claim, fail, score, succeed, view } = playedTrials(() => ({ api, workerId }));

beforeAll(async () => {
  api = await startApi();
  workerId = await playWorker(api);
});
afterAll(() => api.stop());

/** Ends trials as they come, until the sweep has completed. */
const play = (sweepId: string, train: (trial: TrialView) => Promise<void>, losses: (seed: number) => number[]) =>
  waitFor(`sweep ${sweepId} to be over`, async () => {
    for (const trial of await trialsOf(api, sweepId)) {
      if (trial.state !== 'QUEUED') continue;
      await (trial.kind === 'train'
        ? train(trial)
        : score(trial.id, losses(trial.seed + (trial.method === 'lora' ? 0 : 1))));
    }
    return (await view(sweepId)).state === 'COMPLETED';
  });

const reportOf = async (id: string, format: 'html' | 'md') => {
  const answer = await api.get(`/v1/sweeps/${id}/report?format=${format}`).expect(200);
  return { headers: answer.headers as Record<string, string>, text: answer.text ?? String(answer.body) };
};

describe('the report of a sweep', () => {
  let id: string;
  let board: Leaderboard;
  let html: string;
  let markdown: string;

  beforeAll(async () => {
    const methods = [{ name: 'lora' }, { name: 'bitfit' }];
    const memoryBudgetMiB = [512];
    const labels = { name: hostile, tags: ['paper', '<b>'], note: `${hostile}\n\nsecond *line*` };
    id = (
      await create(api, { ...labels, methods, rank: [2], learningRate: [0.01, 0.1], seed: [0, 1], memoryBudgetMiB })
    ).id;
    await play(
      id,
      (trial) =>
        trial.method === 'bitfit' && trial.learningRate === 0.1 && trial.seed === 1
          ? fail(trial.id, 'the loss diverged')
          : succeed(trial.id, 10 * trial.learningRate! + trial.seed / 100),
      (seed) => [1 + seed / 100, 1.2 + seed / 100],
    );
    board = (await api.get(`/v1/leaderboard?task=moby-dick&base=${api.base}&sweepId=${id}`).expect(200))
      .body as Leaderboard;
    html = (await reportOf(id, 'html')).text;
    markdown = (await reportOf(id, 'md')).text;
  });

  it('the answer comes as a file to save, of the type of its format and under a plain name', async () => {
    const [page, text] = [await reportOf(id, 'html'), await reportOf(id, 'md')];
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(text.headers['content-type']).toBe('text/markdown; charset=utf-8');
    expect(page.headers['content-disposition']).toMatch(/^attachment; filename="report-script-alert[\w-]+\.html"$/);
    expect(text.headers['content-disposition']).toMatch(/^attachment; filename="report-script-alert[\w-]+\.md"$/);
  });

  it('says the answer of the board, its rows and what the sweep took', () => {
    expect(board.answer).toMatch(/leads with perplexity/);
    expect(board.answers.map(({ memoryBudgetMiB }) => memoryBudgetMiB)).toEqual(board.budgetsMiB);
    for (const { text } of board.answers) expect(html).toContain(`<p class="answer">${text}</p>`);
    for (const { name, group } of board.rows) {
      expect(html).toContain(`<td>${name}</td>`);
      expect(html).toContain(`>${group}</text>`);
    }
    for (const text of [html, markdown]) {
      expect(text).toContain('1 trial failed.');
      expect(text).toContain('bitfit: learning rate 0.01 is the lowest tried');
      expect(text).toContain(`host of `);
      expect(text).toMatch(/1 of 1 pairs|0 of 1 pairs/);
      expect(text).toContain(id);
    }
    // 8 trainings of 10 steps, of which the failed one counts none, and a scoring of each chosen one with each seed.
    expect(html).toContain('<dt>Trials</dt><dd>12: 11 succeeded, 1 failed</dd>');
    expect(markdown).toContain('- Optimizer steps: 70 of 70');
    expect(markdown).toContain('| Method | Learning rate | Test perplexity | 95 % interval | Group | Seeds |');
  });

  it('holds the request, from which the same sweep is made again', async () => {
    const [, fenced] = /`{3,}json\n([\s\S]*?)\n`{3,}/.exec(markdown)!;
    const { spec } = await view(id);
    expect(JSON.parse(fenced!)).toEqual(spec);
    const again = await api.post('/v1/sweeps/preview', JSON.parse(fenced!)).expect(200);
    // Eleven results are known; the failed training and no other is run.
    expect(again.body).toMatchObject({ trials: 8, known: 7, toRun: 1 });
  });

  it('has no script, no other file and no markup out of a name', () => {
    expect(html).not.toMatch(/<script|<link|<img|<iframe|src=|href=|@import|url\(/i);
    expect(html).toContain(
      '<h1>&lt;script&gt;alert(1)&lt;/script&gt; | `a` &amp; &quot;b&quot; [x](javascript:y)</h1>',
    );
    expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(markdown.split('\n')[0]).toBe('# \\<script\\>alert(1)\\</script\\> \\| \\`a\\` & "b" \\[x\\](javascript:y)');
  });

  it('shows the tags and each line of the note, as text', () => {
    expect(html).toContain('<dt>Tags</dt><dd>&lt;b&gt;, paper</dd>');
    expect(html).toContain('<p>second *line*</p>');
    expect(html).toContain('<p>&lt;script&gt;alert(1)&lt;/script&gt; | `a` &amp; &quot;b&quot; [x](javascript:y)</p>');
    expect(markdown).toContain('- Tags: \\<b\\>, paper');
    expect(markdown).toContain('\nsecond \\*line\\*\n');
    expect(markdown).toContain(
      '## Note\n\n\\<script\\>alert(1)\\</script\\> \\| \\`a\\` & "b" \\[x\\](javascript:y)\n',
    );
  });

  it('refuses a format that there is not, and a sweep that there is not', async () => {
    expectProblem(await api.get(`/v1/sweeps/${id}/report?format=pdf`), 400, 'validation', ['/format']);
    expectProblem(await api.get('/v1/sweeps/00000000-0000-7000-8000-00000000abcd/report'), 404, 'not-found');
  });

  it('a report of a sweep that has just begun says that no row has a score', async () => {
    const fresh = await create(api, { name: 'just begun', methods: [{ name: 'lora' }], rank: [3], seed: [7] });
    const { text } = await reportOf(fresh.id, 'md');
    expect(text).toContain('**No row has a score yet.**');
    expect(text).toContain('- Devices: none yet');
    expect(text).toContain('- Trials of this board are still to run: places and groups may change.');
  });
});

describe('the report of a fair sweep in which a method does not fit', () => {
  let markdown: string;
  let board: Leaderboard;

  beforeAll(async () => {
    const methods = ['lora', 'dora', 'rslora', 'bitfit'].map((name) => ({ name }));
    const protocol = { kind: 'fair' as const, tuningTrials: 2, finalSeeds: 3 };
    const request = { name: 'which wins', methods, rank: [2], learningRate: [0.01, 0.02], seed: [3], protocol };
    const { id } = await create(api, { ...request, reuse: false });
    const methodOf = new Map<string, string>();
    await waitFor('the sweep to be over', async () => {
      for (const trial of await trialsOf(api, id)) {
        methodOf.set(trial.id, trial.method);
        if (trial.state !== 'QUEUED') continue;
        if (trial.kind === 'score') {
          const place = ['lora', 'rslora', 'dora'].indexOf(trial.method);
          await score(
            trial.id,
            [2, 2.5, 2.2].map(
              (loss, example) => loss + place * (place + 1) * 0.01 + ((trial.seed * 7 + example) % 5) * 0.004,
            ),
          );
        } else if (trial.method === 'bitfit') {
          const { lease } = await claim(trial.id);
          const reason = 'measured 600.0 MiB';
          const over = {
            state: 'OVER_BUDGET' as const,
            measured: memory(600),
            dominantPart: 'activations' as const,
            reason,
          };
          expect(await finishTrial(api.platform.db, lease, over, '')).toBe(true);
        } else await succeed(trial.id, 10 + trial.learningRate! * 10);
      }
      return (await view(id)).state === 'COMPLETED';
    });
    board = (await api.get(`/v1/leaderboard?task=moby-dick&base=${api.base}&sweepId=${id}`).expect(200))
      .body as Leaderboard;
    markdown = (await reportOf(id, 'md')).text;
  });

  it('has the ledger of the tuning and every pair of rows as the board has them', () => {
    expect(board.rows.map(({ status }) => status)).toEqual(['scored', 'scored', 'scored', 'does-not-fit']);
    expect(markdown).toContain('Fair protocol: each method was tuned by 2 configurations, and the best');
    expect(markdown).toContain('| fair protocol | tuning trials | over budget | failed | steps |');
    expect(markdown).toContain('| lora | 2 | 0 | 0 | 20 | 4 | 0 | 2 | smallest | 4, 5, 6 |');
    const apart = board.comparisons.filter(({ adjustedPValue }) => adjustedPValue <= board.alpha).length;
    expect(markdown).toContain(`${apart} of 3 pairs are told apart at α = 0.05`);
    for (const { a, b, difference } of board.comparisons) {
      const [one, other] = [a, b].sort((left, right) => left - right).map((row) => board.rows[row]!.name);
      const ratio = a < b ? difference : 1 / difference;
      const row = markdown
        .split('\n')
        .find((line) => line.startsWith(`| ${one} | `) && line.includes(` | ${other} | × `));
      expect(Number(/× ([\d.]+)/.exec(row!)![1])).toBeCloseTo(ratio, 2);
    }
  });

  it('says what does not fit, with its numbers', () => {
    expect(markdown).toMatch(
      /^\| bitfit( untrained)? \| does not fit \| [\d.]+ \| 600\.0 \| – \| .*measured 600\.0 MiB/m,
    );
  });
});
