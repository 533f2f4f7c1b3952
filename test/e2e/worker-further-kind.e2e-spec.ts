/** @file The example of docs/adding-a-kind.md, taken from that page: programs that have it, beside a worker that does not. */
import { readFile, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { CreateSweepInput, Leaderboard, Problem } from '@rankforge/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildWith } from '../support/other-builds.js';
import { tinyTask } from '../support/tiny-dataset.js';
import { createTinyPlatform, type TinyPlatform } from '../support/tiny-platform.js';
import { expectSoundHistories, submit, tinySweep, trainings, untilCompleted } from './worker-sweeps.js';

const page = fileURLToPath(new URL('../../docs/adding-a-kind.md', import.meta.url));

/** The files that the page shows, by the paths it gives them. */
const filesOf = (markdown: string) =>
  new Map(
    [...markdown.matchAll(/^`((?:libs|apps)\/\S+\.ts)`\n\n```ts\n(.*?)```/gms)].map(([, path, code]) => [path!, code!]),
  );

let platform: TinyPlatform;
let build: string;

beforeAll(async () => {
  build = await buildWith(filesOf(await readFile(page, 'utf8')), [
    {
      file: 'libs/contracts/dist/sweep-kind.js',
      import: "import { appraise } from './sweep-kinds/appraise.js';",
      after: /const known = \[[^\]]*\w(?=,?\s*\])/,
      entry: 'appraise',
    },
    {
      file: 'libs/contracts/dist/trial-kind.js',
      import:
        "import { appraise } from './trial-kinds/appraise.js'; import { appraiseTest } from './trial-kinds/appraise-test.js';",
      after: /const known = \[[^\]]*\w(?=,?\s*\])/,
      entry: 'appraise, appraiseTest',
    },
    {
      file: 'apps/api/dist/planning/kinds/registry.js',
      import: "import { appraise } from './appraise.js';",
      after: /sweepKindPlanning = \{[^}]*\w(?=,?\s*\})/,
      entry: 'appraise',
    },
    {
      file: 'apps/worker/dist/trainer/kinds/registry.js',
      import: "import { appraise, appraiseTest } from './appraise.js';",
      after: /trialRunners = \{[^}]*\w(?=,?\s*\})/,
      entry: "appraise, 'appraise-test': appraiseTest",
    },
  ]);
  platform = await createTinyPlatform();
});
afterAll(async () => {
  await platform.stop();
  await rm(build, { recursive: true, force: true });
});

it('plans, runs and shows a kind of a file and a line a layer, which programs that lack it leave alone', async () => {
  // The API of this build runs beside it.
  await platform.startWorker({ RANKFORGE_WORKER_NAME: 'lacks' });
  const api = await platform.startApi({}, build);
  const read = async <T>(path: string) => (await (await platform.request(api, path)).json()) as T;
  const asked = { ...tinySweep(platform.base), training: { batchSize: 8, sequenceLength: 32 } };
  const request = { ...asked, kind: 'appraise', methods: [{ name: 'full-ft' }] } as unknown as CreateSweepInput;

  const refused = await platform.request(api, '/v1/sweeps', { body: { ...request, training: { steps: 5 } } });
  expect([refused.status, ((await refused.json()) as Problem).errors]).toEqual([
    400,
    [{ path: '/training/steps', message: 'an appraisal trains nothing: leave it out' }],
  ]);

  const sweepId = await submit(platform, api, request);
  const trained = await submit(platform, api, tinySweep(platform.base, { training: { steps: 20 } }));
  await untilCompleted(platform, trained);
  const evaluations = () => platform.db.trial.findMany({ where: { sweepId }, orderBy: { ordinal: 'asc' } });
  // The worker was woken for it before it was for the training that it has finished.
  expect(await evaluations()).toMatchObject([{ kind: 'appraise', state: 'QUEUED', attempts: 0, steps: 0 }]);

  await platform.startWorker({ RANKFORGE_WORKER_NAME: 'has' }, build);
  await untilCompleted(platform, sweepId);
  expect(await evaluations()).toMatchObject([
    { kind: 'appraise', state: 'SUCCEEDED', attempts: 1, measured: null },
    { kind: 'appraise-test', state: 'SUCCEEDED', attempts: 1, objective: null },
  ]);
  expect(await trainings(platform, sweepId)).toEqual([]);

  // The board's score is that of the base before its compression, but for the order of the sum.
  const compression = { ...asked, kind: 'compress' as const, methods: [{ name: 'svd' }] };
  const compressed = await submit(platform, api, compression);
  await untilCompleted(platform, compressed);
  const boardOf = (id: string) =>
    read<Leaderboard>(`/v1/leaderboard?task=${tinyTask}&base=${platform.base}&sweepId=${id}`);
  const [board, other] = [await boardOf(sweepId), await boardOf(compressed)];
  expect(board).toMatchObject({ kind: 'appraise', rows: [{ status: 'scored', steps: 0, measuredPeakBytes: null }] });
  expect(board.rows[0]!.score).toBeCloseTo(other.rows[0]!.compression!.before!, 9);
  await expectSoundHistories(platform);
});
