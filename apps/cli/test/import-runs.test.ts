import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPlatform, type Platform, type TestApi } from '../../../test/support/index.js';
import { readRuns } from '../src/runs/read-runs.js';
import { settingsText } from '../src/runs/settings-text.js';
import { type Ran, rankforge } from './support/run.js';

let platform: Platform;
let api: TestApi;
let dir: string;
beforeAll(async () => {
  platform = await createPlatform();
  api = await platform.hostApi();
  dir = await mkdtemp(join(tmpdir(), 'rankforge-runs-'));
});
afterAll(async () => {
  await platform?.stop();
  await rm(dir, { recursive: true, force: true });
});

const run = (args: string[]): Promise<Ran> =>
  rankforge(args, { RANKFORGE_URL: api.url, RANKFORGE_KEY: platform.keys.submitter }, '');
async function file(name: string, text: string): Promise<string> {
  const path = join(dir, name);
  await writeFile(path, text);
  return path;
}

describe('readRuns', () => {
  test('reads a table with names in snake_case, settings beside them, and numbers as they are meant', async () => {
    const csv = await file(
      'named.csv',
      'method,rank,lr,seed,score,validation,peak_mib,trainable_parameters,alpha,use_dora\n' +
        'lora,16,1e-4,0,0.61,0.6,900.5,1000,32,true\n' +
        'vera,,,1,0.5,,,,,\n',
    );
    const [first, second] = await readRuns(csv);
    expect(first).toMatchObject({
      where: 'line 2',
      run: {
        method: 'lora',
        rank: 16,
        learningRate: 1e-4,
        seed: 0,
        score: 0.61,
        validation: 0.6,
        peakBytes: 900.5 * 2 ** 20,
        trainableParameters: 1000,
        config: { alpha: 32, use_dora: true },
        outcome: 'finished',
      },
    });
    expect(second!.run).toMatchObject({ rank: null, learningRate: null, peakBytes: null, config: {} });
  });

  test('reads the same from JSON in camelCase', async () => {
    const runs = [
      { method: 'lora', learningRate: 1e-4, examples: [1, 0], peakBytes: 5, config: { alpha: 8 }, bias: 'all' },
    ];
    for (const [name, text] of [
      ['list.json', JSON.stringify(runs)],
      ['object.json', JSON.stringify({ runs })],
      ['lines.jsonl', `${JSON.stringify(runs[0])}\n\n`],
    ] as const) {
      const [read] = await readRuns(await file(name, text));
      expect(read!.run).toMatchObject({ learningRate: 1e-4, examples: [1, 0], config: { alpha: 8, bias: 'all' } });
    }
  });

  test.each(['__proto__', 'constructor', 'prototype'])(
    'refuses a setting called %s, which would be lost',
    async (name) => {
      const said = `has the name "${name}", which is refused, since every object has it: name it otherwise`;
      const csv = await file('own.csv', `method,score,${name}\nlora,1,2\n`);
      await expect(readRuns(csv)).rejects.toThrow(`own.csv: a column ${said}`);
      for (const text of [
        `[{"method": "lora", "score": 1, "${name}": 2}]`,
        `[{"method": "lora", "score": 1, "config": {"${name}": 2}}]`,
      ]) {
        await expect(readRuns(await file('own.json', text))).rejects.toThrow(`own.json, run 1: a setting ${said}`);
      }
    },
  );

  test('says how deep a file is nested that is nested too deep', async () => {
    const deep = await file('deep.json', `[{"method": ${'['.repeat(9_000)}${']'.repeat(9_000)}}]`);
    await expect(readRuns(deep)).rejects.toThrow(/deep.json: is nested 9002 deep: at most 128 lists and objects/);
  });

  test('reads a table of a spreadsheet whose cells are parted by semicolons', async () => {
    const excel = await file(
      'excel.csv',
      '\ufeffMethod;Learning rate;Seed;Score;Peak (MiB);note;;use dora\r\n"lora";0,0001;0;0,612;9120,5;"a;b";x;TRUE\r\n',
    );
    const [read] = await readRuns(excel);
    expect(read!.run).toMatchObject({
      method: 'lora',
      learningRate: 1e-4,
      score: 0.612,
      peakBytes: 9120.5 * 2 ** 20,
      config: { note: 'a;b', 'use dora': true },
    });
    expect(Object.keys(read!.run.config)).toHaveLength(2);
  });

  test('reads a table of pandas, whose first column counts the rows and where a run diverged', async () => {
    const pandas = await file(
      'pandas.csv',
      ',method,seed,score,validation,use_dora\n0,lora,0.0,NaN,inf,True\n1,lora,1.0,0.61,,False\n',
    );
    const [diverged, finished] = await readRuns(pandas);
    expect(diverged!.run).toMatchObject({
      outcome: 'failed',
      reason: 'its test score is not finite',
      score: null,
      validation: null,
      config: { use_dora: true },
    });
    expect(finished!.run).toMatchObject({ outcome: 'finished', seed: 1, config: { use_dora: false } });
  });

  test('reads runs that were out of memory, which have no score', async () => {
    const csv = await file(
      'memory.csv',
      'method,score,outcome,peak_mib,device\nfull,,out-of-memory,81559,H100\nlora,0.6,,900,H100\n',
    );
    const read = (await readRuns(csv)).map(({ run: { outcome, score, device } }) => [outcome, score, device]);
    expect(read).toEqual([
      ['out-of-memory', null, 'H100'],
      ['finished', 0.6, 'H100'],
    ]);
  });

  test.each([
    [
      'h.csv',
      'method,score\nlora,0.61\nlora,0.6\n',
      'h.csv, line 3: seed: line 2 has the same method, settings and seed',
    ],
    [
      'i.csv',
      'peft_type,score\nlora,1\n',
      'i.csv has no column method: rename the one that is meant; its columns are peft_type, score',
    ],
    ['j.csv', 'method,eval/accuracy\nlora,1\n', 'j.csv has no column score or examples or outcome'],
    ['k.csv', 'method,score,lr,learning_rate\nlora,1,1,1\n', 'k.csv, line 2: learning_rate: is learningRate, as lr is'],
    ['l.csv', 'method,score\nlora,61.2%\n', 'l.csv, line 2: score: expected number, got "61.2%"'],
    ['m.jsonl', '{"method":"lora","score":NaN}\n', 'JSON has no NaN: say outcome "failed" and a reason, and no score'],
    ['n.csv', 'method,score,outcome\nlora,,oom\n', 'n.csv, line 2: outcome: expected one of "finished"'],
    ['a.csv', 'method,score\nlora,high\n', 'a.csv, line 2: score: expected number, got "high"'],
    [
      'b.csv',
      'method,score\nlora,1,2\n',
      'b.csv, line 2: the row has more or fewer fields than the header has columns',
    ],
    ['c.jsonl', '{"method":"lora","score":1}\n{"method":\n', 'c.jsonl, line 2: '],
    ['d.jsonl', '{"method":"lora"}\n', 'd.jsonl, line 1: score: a finished run needs score or examples'],
    ['e.json', '{"method":"lora"}', 'e.json: expected a list of runs'],
    ['f.txt', '', 'expected a file that ends in .json, .jsonl or .csv'],
    ['g.csv', 'method,score\n', 'holds no run'],
  ])('says of %s where it is wrong', async (name, text, message) => {
    await expect(readRuns(await file(name, text))).rejects.toThrow(message);
  });
});

describe('settingsText', () => {
  const read = async (name: string, text: string) =>
    settingsText((await readRuns(await file(name, text))).map((each) => each.run));

  test('names the columns that were taken for settings', async () => {
    const text = 'method,seed,score,alpha\nlora,0,0.6,8\nlora,1,0.6,8\n';
    expect(await read('settings.csv', text)).toEqual(['settings that tell configurations apart: alpha']);
    expect(await read('none.csv', 'method,score\nlora,0.6\n')).toEqual([]);
  });

  test('says which columns keep seeds from being of one configuration', async () => {
    const text = 'Name,method,seed,score,runtime,alpha\nrun-1,lora,0,0.6,71.5,8\nrun-2,lora,1,0.62,70.2,8\n';
    expect((await read('wandb.csv', text))[1]).toContain(
      'No two runs are seeds of one configuration, since Name, runtime differ in every run.',
    );
  });

  test('does not suspect the settings of a search with one seed', async () => {
    const text = 'method,score,alpha\nlora,0.6,8\nlora,0.62,16\n';
    expect(await read('search.csv', text)).toHaveLength(1);
  });
});

test('import runs says what is on the board where a later part is refused', async () => {
  const lines = Array.from({ length: 501 }, (_, seed) =>
    JSON.stringify({ method: 'lora', seed, score: seed < 500 ? 0.5 : 61 }),
  );
  const path = await file('long.jsonl', lines.join('\n'));
  const refused = await run(['import', 'runs', path, '--name', 'long', '--base', 'b']);
  expect(refused).toMatchObject({ status: 3 });
  expect(refused.err).toContain('long.jsonl, line 501: score: accuracy is in the range 0 to 1, got 61');
  expect(refused.err).toContain('Runs before line 501 are on the board runs:long');
});

test('import runs makes a board, and import remove-runs takes it away', async () => {
  const lines = ['lora', 'dora'].flatMap((method, index) =>
    [0, 1, 2].map((seed) => JSON.stringify({ method, seed, score: [0.61, 0.55][index]! + [0.003, 0, 0.008][seed]! })),
  );
  const path = await file('mine.jsonl', lines.join('\n'));
  const place = ['--task', 'runs:mine', '--base', 'llama-3-2-3b'];
  const args = ['import', 'runs', path, '--name', 'mine', '--base', 'meta-llama/Llama-3.2-3B'];
  const made = await run(args);
  expect(made).toMatchObject({ status: 0 });
  expect(made.out).toContain('6 runs added; the board has 6 runs');
  expect(made.out).toContain(`rankforge leaderboard ${place.join(' ')}`);
  expect((await run(args)).out).toContain('0 runs added, 6 known already; the board has 6 runs');

  const { out } = await run(['leaderboard', ...place]);
  expect(out).toContain('lora leads with accuracy 0.61');
  expect(out).toContain('Of 2 of 2 rows the examples are not known: intervals and tests are over seeds alone');
  expect(out).toContain('How often the test set was read is not known here');
  expect(out).toContain('Runs trained elsewhere. Scores, memory and settings are as they were reported');
  const { out: csv } = await run(['leaderboard', ...place, '--format', 'csv']);
  expect(csv.split('\n')[1]).toContain('seeds-only');

  const wrong = await file('wrong.jsonl', '{"method":"lora","score":0.5}\n{"method":"vera","score":61}\n');
  const refused = await run(['import', 'runs', wrong, '--name', 'mine', '--base', 'llama-3-2-3b']);
  expect(refused).toMatchObject({ status: 3 });
  expect(refused.err).toContain('wrong.jsonl, line 2: score');
  expect(refused.err).toContain('accuracy is in the range 0 to 1, got 61');

  expect((await run(['import', 'remove-runs', 'mine', 'llama-3-2-3b'])).out).toContain(
    'removed runs:mine on llama-3-2-3b: 6 runs',
  );
  const gone = await run(['leaderboard', ...place]);
  expect(gone).toMatchObject({
    status: 3,
    err: expect.stringContaining('there is no board runs:mine on llama-3-2-3b'),
  });
});
