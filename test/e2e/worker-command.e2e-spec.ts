/** @file Sweeps that run programs of one's own, through the API to a board; what of them is refused, and how they end. */
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CreateSweepInput, Leaderboard, Problem } from '@rankforge/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/index.js';
import { strayProcesses } from '../support/stray-processes.js';
import { createTinyPlatform, type TinyPlatform } from '../support/tiny-platform.js';
import { act, expectSoundHistories, submit, untilCompleted } from './worker-sweeps.js';

/** Scores that follow from the settings: the best rate is 0.1, and rank 4 is right about more examples than rank 2. */
const scoring = `
const { readFileSync, writeFileSync } = require('node:fs');
const [rate, rank, seed] = process.argv.slice(2).map(Number);
const given = JSON.parse(readFileSync(process.env.RANKFORGE_PARAMETERS, 'utf8'));
if (given.learningRate !== rate || given.seed !== seed || given.attempt !== process.env.RANKFORGE_ATTEMPT) process.exit(3);
console.log('rate ' + rate + ', depth ' + given.depth);
const accuracy = 0.9 - Math.abs(rate - 0.1) - (given.method === 'mine' ? 0 : 0.2);
const test = Array.from({ length: 40 }, (_, at) => ((at * 7 + seed) % 10 < (rate === 0.1 ? 2 * rank : 1) ? 1 : 0));
writeFileSync(process.env.RANKFORGE_RESULT, JSON.stringify({
  attempt: given.attempt, validation: { accuracy }, test: { accuracy: test }, trainableParameters: 10 * rank, steps: 7,
}));`;

let platform: TinyPlatform;
let scripts: string;

beforeAll(async () => {
  scripts = await realpath(await mkdtemp(join(tmpdir(), 'rankforge-scripts-')));
  await writeFile(join(scripts, 'score.cjs'), scoring);
  const folders = { RANKFORGE_COMMAND_FOLDERS: `/nowhere/at-all:${scripts}` };
  platform = await createTinyPlatform();
  platform = { ...platform, api: await platform.hostApi(folders) };
  await platform.startWorker({ RANKFORGE_WORKER_SLOTS: '1', DATABASE_PASSWORD: 'a-secret', ...folders });
});
afterAll(async () => {
  if (platform) await expectSoundHistories(platform);
  await platform?.stop();
  await rm(scripts, { recursive: true, force: true });
});

let named = 0;
const fresh = () => {
  named += 1;
  return named;
};
const sweep = (more: Partial<CreateSweepInput> = {}): CreateSweepInput => ({
  name: 'a script',
  kind: 'command',
  engine: 'command',
  task: `command:own-${fresh()}`,
  base: 'mine',
  command: ['node', 'score.cjs', '{learningRate}', '{rank}', '{seed}'],
  folder: scripts,
  objective: { metric: 'accuracy', direction: 'maximize' },
  methods: [
    { name: 'mine', config: { depth: [1, 2] } },
    { name: 'other', rank: [2] },
  ],
  rank: [4],
  learningRate: [0.1, 0.5],
  memoryBudgetMiB: [512],
  seed: [0, 1],
  ...more,
});
/** A script of one trial, by its source. */
async function script(source: string, more: Partial<CreateSweepInput> = {}) {
  const file = `own-${fresh()}.cjs`;
  await writeFile(join(scripts, file), source);
  const [methods, rank] = [[{ name: 'mine' }], [4]];
  const command = ['node', file];
  return submit(platform, platform.api, sweep({ command, methods, rank, learningRate: [0.1], seed: [0], ...more }));
}
const trialsOf = (sweepId: string, kind = 'command') =>
  platform.db.trial.findMany({
    where: { sweepId, kind },
    orderBy: { ordinal: 'asc' },
    include: { attemptList: { orderBy: { number: 'asc' } }, artifacts: true },
  });
/** How the only trial of a script ended. */
async function ended(source: string, more: Partial<CreateSweepInput> = {}) {
  const id = await script(source, more);
  await untilCompleted(platform, id);
  const [trial, ...others] = await trialsOf(id);
  expect(others).toEqual([]);
  return trial!;
}

describe('a sweep that runs a script', () => {
  it('tries every setting, chooses on validation, and reads the test scores of what was chosen alone', async () => {
    const asked = sweep();
    const id = await submit(platform, platform.api, asked);
    await untilCompleted(platform, id);
    const trials = await trialsOf(id);
    expect(trials.map(({ state, reason }) => [state, reason])).toEqual(Array(12).fill(['SUCCEEDED', null]));
    expect(trials[0]!.objective).toBe(0.9);
    expect(Number(trials[0]!.measuredBytes)).toBeGreaterThan(0);
    expect(Number(trials[0]!.predictedBytes)).toBe(512 * 2 ** 20);
    expect(trials[0]!.attemptList[0]!.logTail).toContain('rate 0.1, depth 1');
    expect(JSON.stringify(trials.map(({ result }) => result))).not.toContain('test');
    expect(await trialsOf(id, 'command-test')).toHaveLength(4);
    const path = `/v1/leaderboard?task=${asked.task}&base=mine&sweepId=${id}`;
    const answer = await platform.request(platform.api, path, { role: 'viewer' });
    const board = (await answer.json()) as Leaderboard;
    expect(answer.status, JSON.stringify(board)).toBe(200);
    expect(board.metric).toMatchObject({ name: 'accuracy', direction: 'maximize', range: [0, 1] });
    const rows = new Map(board.rows.map((row) => [row.method, row]));
    expect(rows.get('mine')).toMatchObject({
      status: 'scored',
      seeds: 2,
      learningRate: 0.1,
      rank: 4,
      score: expect.closeTo(0.8, 9),
    });
    expect(rows.get('other')).toMatchObject({
      status: 'scored',
      seeds: 2,
      learningRate: 0.1,
      rank: 2,
      score: expect.closeTo(0.4, 9),
    });
    expect(rows.get('mine')!.interval![0]).toBeGreaterThan(rows.get('other')!.interval![1]);
  });

  it('gives a script no secret of the worker', async () => {
    const trial = await ended(`console.log(JSON.stringify(process.env)); process.exit(1);`);
    const { logTail } = trial.attemptList[0]!;
    expect(logTail).toContain(`"RANKFORGE_TRIAL":"${trial.id}"`);
    expect(logTail).not.toMatch(/a-secret|DATABASE|REDIS/);
  });

  it('sends SIGTERM to its script and all that this started when it is cancelled', async () => {
    const id = await script(`
      process.on('SIGTERM', () => { console.log('saves'); process.exit(0); });
      require('node:child_process').spawn('sleep', ['600'], { detached: true, stdio: 'ignore' }).unref();
      console.log('ready'); setInterval(() => {}, 1000);`);
    const running = await waitFor('the script to run', async () => {
      const [trial] = await trialsOf(id);
      return trial?.attemptList[0]?.logTail?.includes('ready') ? trial : undefined;
    });
    const entry = `RANKFORGE_TRIAL=${running.id}`;
    expect(await strayProcesses(entry)).toHaveLength(2);
    await act(platform, platform.api, id, 'cancel');
    await waitFor('its processes to end', async () => (await strayProcesses(entry)).length === 0);
  });
});

describe('a script that goes wrong', () => {
  const writes = (result: string) =>
    `require('node:fs').writeFileSync(process.env.RANKFORGE_RESULT, ${JSON.stringify(result)});`;
  const cases: [what: string, source: string, reason: RegExp][] = [
    ['leaves no result.json', '', /status 0 and left no result\.json \(ENOENT\)/],
    ['ends with another status', `console.error('no card'); process.exit(4);`, /ended with status 4: no card/],
    ['leaves a score that is not finite', writes('{"validation": {"accuracy": NaN}}'), /has NaN, .* diverged/],
    ['leaves text', writes('accuracy 0.9'), /result\.json is no JSON/],
    ['leaves no validation score', writes('{"accuracy": 0.9}'), /is not what was expected.*validation/s],
    [
      'leaves the result of another attempt',
      writes('{"attempt": "of-before", "validation": {"accuracy": 1}}'),
      /is of attempt of-before, and this is [\da-f-]{36}/,
    ],
    [
      'leaves 2 GB',
      `require('node:fs').truncateSync(require('node:fs').openSync(process.env.RANKFORGE_RESULT, 'w'), 2 * 2 ** 30);`,
      /has 2147483648 bytes, and 67108864 are read/,
    ],
    ['leaves a score beyond all numbers', writes('{"validation": {"accuracy": 1e999}}'), /diverged/],
    [
      'leaves a pipe that nobody writes to',
      `require('node:child_process').execFileSync('mkfifo', [process.env.RANKFORGE_RESULT]);`,
      /result\.json is no file: write one/,
    ],
    ['leaves another metric', writes('{"validation": {"loss": 1}}'), /chooses by validation "accuracy"/],
  ];
  it.each(cases)('fails where it %s', async (_, source, reason) => {
    const trial = await ended(source, { retries: 0 });
    expect(trial.state).toBe('FAILED');
    expect(trial.reason).toMatch(reason);
  });

  it('fails where its program is not there', async () => {
    const trial = await ended('', { command: ['no-such-program'] });
    expect(trial).toMatchObject({
      state: 'FAILED',
      reason: expect.stringMatching(/no-such-program cannot be started/),
    });
  });

  it('exceeds its budget together with its children, and is ended with them', async () => {
    const child = `const held = Buffer.alloc(150 * 2 ** 20, 1); setInterval(() => held.length, 1000);`;
    const trial = await ended(
      `require('node:child_process').spawn('node', ['-e', ${JSON.stringify(child)}]); setInterval(() => {}, 1000);`,
      { memoryBudgetMiB: [160] },
    );
    expect(trial).toMatchObject({ state: 'OVER_BUDGET', reason: expect.stringMatching(/held \d+ bytes of memory/) });
    expect(Number(trial.measuredBytes)).toBeGreaterThan(160 * 2 ** 20);
    expect(await strayProcesses(`RANKFORGE_TRIAL=${trial.id}`)).toEqual([]);
  });

  it('leaves no child behind, and keeps its result', async () => {
    const trial = await ended(`
      require('node:child_process').spawn('sleep', ['600'], { detached: true, stdio: 'ignore' }).unref();
      ${writes('{"validation": {"accuracy": 0.5}, "test": {"accuracy": [1, 0]}}')}`);
    expect(trial).toMatchObject({ state: 'SUCCEEDED', objective: 0.5 });
    expect(trial.attemptList[0]!.logTail).toContain('left 1 process behind');
    expect(await strayProcesses(`RANKFORGE_TRIAL=${trial.id}`)).toEqual([]);
  });

  it('floods its output, of which the log keeps little and says how much it left out', async () => {
    const trial = await ended(`
      for (let at = 0; at < 200000; at += 1) process.stdout.write('line ' + at + '\\n');
      process.stdout.write('x'.repeat(5e6) + '\\n');
      ${writes('{"validation": {"accuracy": 0.5}, "test": {"accuracy": [1, 0]}}')}`);
    expect(trial.state).toBe('SUCCEEDED');
    expect(trial.attemptList[0]!.logTail).toMatch(/… \d+ lines of output were left out/);
  });
});

describe('the API', () => {
  const refused = async (more: Partial<CreateSweepInput>, api = platform.api) => {
    const response = await platform.request(api, '/v1/sweeps', { body: sweep(more), role: 'submitter' });
    const problem = (await response.json()) as Problem;
    expect(response.status, JSON.stringify(problem)).toBe(400);
    return problem.errors!;
  };
  const one = (path: string, message: RegExp) => [{ path, message: expect.stringMatching(message) }];

  it('refuses a script if no folder was listed', async () => {
    const api = await platform.hostApi({});
    expect(await refused({}, api)).toEqual(one('/kind', /runs no commands: .* RANKFORGE_COMMAND_FOLDERS/));
  });
  it('refuses a script in another folder, and in none', async () => {
    for (const folder of ['/etc', `${scripts}-more`, `${scripts}/../`, 'relative']) {
      expect(await refused({ folder })).toEqual(one('/folder', /in none of the folders in which commands may run/));
    }
    expect(await refused({ folder: undefined })).toEqual(one('/folder', /say in which folder/));
  });
  it('refuses a command that a shell would have to read', async () => {
    expect(await refused({ command: ['python train.py'] })).toEqual(
      one('/command', /is no program.*no shell splits it/),
    );
    const two = ['node', 'a.js', '{learningRate}', '&&', 'node', 'b.js'];
    expect(await refused({ command: two })).toEqual(one('/command', /"&&" is for a shell, and none runs/));
  });
  it('refuses a placeholder that is unknown, or means two things', async () => {
    const command = ['node', 'a.js', '--depth', '{depth}', '{learningRate}'];
    expect(await refused({ command })).toEqual(one('/command/3', /\{depth\} is no setting of other: .*\{seed\}/));
    const methods = [{ name: 'mine', config: { seed: [1] } }];
    expect(await refused({ methods })).toEqual(one('/methods/0/config/seed', /is a fact of every trial/));
    expect(await refused({ learningRate: undefined })).toContainEqual(one('/learningRate', /list values/)[0]);
  });
  it('refuses an entry that a tool cannot be told of, and a tool without a program that scores', async () => {
    const preset = { tool: 'axolotl' as const, settings: {} };
    const [lora, command] = [[{ name: 'lora' }], ['node', 'a.js', '{output}']];
    const asked = (more: Partial<CreateSweepInput>) =>
      refused({ preset, methods: lora, command, training: { steps: 5 }, ...more });
    expect(await asked({ command: undefined })).toEqual(
      one('/command', /axolotl scores no examples of a test set: say a program that does/),
    );
    expect(await asked({ training: {} })).toEqual(one('/training/steps', /say how many steps axolotl makes/));
    expect(await asked({ learningRate: undefined })).toContainEqual(one('/learningRate', /axolotl is told one/)[0]);
    expect(await asked({ methods: [{ name: 'vera' }] })).toEqual(one('/methods/0/name', /not of vera/));
    expect(await asked({ methods: [{ name: 'mine' }] })).toEqual(one('/methods/0/name', /mine/));
    expect(await asked({ methods: [{ name: 'lora', optimizer: 'sgd' }] })).toEqual(
      one('/methods/0/optimizer', /say it in settings of axolotl/),
    );
    expect(await asked({ preset: { ...preset, settings: { trust_remote_code: true } } })).toEqual(
      one('/preset/settings', /runs code of whoever wrote the base or the data/),
    );
    expect(await refused({ command })).toContainEqual(one('/command/2', /\{output\} is no setting of mine/)[0]);
  });
  it('refuses a script on another engine, and that engine in another kind', async () => {
    expect(await refused({ engine: 'wasm' })).toContainEqual(one('/engine', /say engine "command"/)[0]);
    const body = {
      name: 'x',
      task: 'moby-dick',
      base: platform.base,
      engine: 'command' as const,
      methods: [{ name: 'lora' }],
      memoryBudgetMiB: [64],
    };
    const response = await platform.request(platform.api, '/v1/sweeps', { body, role: 'submitter' });
    expect(((await response.json()) as Problem).errors).toContainEqual(one('/engine', /say kind "command"/)[0]);
  });
  it('refuses a script without an objective, and another one under a name that has one', async () => {
    expect(await refused({ objective: undefined })).toContainEqual(one('/objective', /by which metric/)[0]);
    const { task } = sweep();
    const methods = [{ name: 'mine' }];
    await submit(platform, platform.api, sweep({ task, methods, rank: [4], learningRate: [0.1], seed: [0] }));
    expect(await refused({ task, objective: { metric: 'loss', direction: 'minimize' } })).toEqual(
      one('/objective', /are by accuracy, to maximize/),
    );
  });
});
