import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPlatform, type Platform, type TestApi } from '../../../test/support/index.js';
import { type Ran, rankforge } from './support/run.js';

let platform: Platform;
let api: TestApi;
let dir: string;
beforeAll(async () => {
  platform = await createPlatform();
  api = await platform.hostApi();
  dir = await mkdtemp(join(tmpdir(), 'rankforge-results-'));
});
afterAll(async () => {
  await platform?.stop();
  await rm(dir, { recursive: true, force: true });
});

const run = (args: string[]): Promise<Ran> =>
  rankforge(args, { RANKFORGE_URL: api.url, RANKFORGE_KEY: platform.keys.submitter }, '');

describe('import peft-results', () => {
  test('puts every file it can read on a board, names the others, and ends with 3', async () => {
    const fixture = new URL('../../../test/e2e/fixtures/peft-results.json', import.meta.url);
    const { results } = JSON.parse(await readFile(fixture, 'utf8')) as { results: object[] };
    for (const [index, result] of results.slice(0, 2).entries()) {
      await writeFile(join(dir, `${index}.json`), JSON.stringify(result));
    }
    await writeFile(join(dir, 'broken.json'), '{"run_info":');
    await writeFile(join(dir, 'other.json'), '{}');
    const { status, out } = await run(['import', 'peft-results', dir]);
    expect(status).toBe(3);
    expect(out).toContain('broken.json: is not JSON');
    expect(out).toMatch(/other\.json: 400[\s\S]*\/run_info/);
    expect(out).toContain('2 of 4 files on the board');
    expect(out).toContain('rankforge leaderboard --task peft-metamathqa --base llama-3-2-3b');

    const board = await run(['leaderboard', '--task', 'peft-metamathqa', '--base', 'llama-3-2-3b']);
    expect(board.out).toContain('adalora');
    expect(board.out).toContain('Published by huggingface/peft');

    await rm(join(dir, 'broken.json'));
    await rm(join(dir, 'other.json'));
    const again = await run(['import', 'peft-results', dir]);
    expect(again).toMatchObject({ status: 0, out: expect.stringContaining('2 of them known already') });
  });

  test('ends with 2 for a folder that is missing or empty', async () => {
    expect(await run(['import', 'peft-results', join(dir, 'nowhere')])).toMatchObject({
      status: 2,
      err: expect.stringContaining('ENOENT'),
    });
    const empty = await mkdtemp(join(dir, 'empty-'));
    expect(await run(['import', 'peft-results', empty])).toMatchObject({ status: 2 });
  });
});

describe('import flower-leaderboard', () => {
  const published = new URL('../../../test/e2e/fixtures/flowertune-nlp.md', import.meta.url).pathname;
  const place = ['leaderboard', '--task', 'flowertune-nlp', '--base', 'any-base'];

  test('puts a published table on a board that says which places are ties', async () => {
    const { status, out } = await run(['import', 'flower-leaderboard', published]);
    expect(status).toBe(0);
    expect(out).toContain('19 entries on the board');
    expect(out).toContain(`rankforge ${place.join(' ')}`);
    const board = await run(place);
    expect(board.out).toContain('ZeroOne.AI · Internlm3-8b-instruct');
    expect(board.out).toContain('FL-finetune-JB-DC · Qwen2.5-7B-Instruct #5');
    expect(board.out).toContain('10935 test examples');
    expect(board.out).toContain('Published by Flower Labs');
    const again = await run(['import', 'flower-leaderboard', published]);
    expect(again.out).toContain('19 entries on the board, known already');
  });

  test('reads the same entries from JSON, with headings as keys', async () => {
    const file = join(dir, 'table.json');
    const row = {
      Team: 'A',
      'Base Model': 'B',
      'Average (↑)': '50.00%',
      STEM: 50,
      'Social Sciences': 50,
      Humanities: 50,
    };
    await writeFile(file, JSON.stringify([row]));
    expect(await run(['import', 'flower-leaderboard', file])).toMatchObject({
      status: 0,
      out: expect.stringContaining('1 entry on the board'),
    });
    // A table is the board of its day.
    const { rows } = JSON.parse((await run([...place, '--json'])).out) as { rows: { method: string; score: number }[] };
    expect(rows.map(({ method }) => method)).toEqual(['A · B']);
    await run(['import', 'flower-leaderboard', published]);
  });

  test.each([
    ['no table', 'Rank 1', 2, /holds no table: expected one Markdown table/],
    ['a row that is too short', '| Team | STEM |\n| - | - |\n| a |', 2, /row 1 has 1 cells, and there are 2 headings/],
    ['broken JSON', '[{', 2, /is not JSON/],
    [
      'scores of questions that nobody counted',
      '| Model | FPB | Average |\n| - | - | - |\n| a | 44.55 | 44.55 |',
      3,
      /entries\/0\/scores: expected STEM, Social Sciences, Humanities; or PubMedQA.*got FPB/,
    ],
    [
      'an average that is not that of its scores',
      '| Model | STEM | Social Sciences | Humanities | Average |\n| - | - | - | - | - |\n| a | 1 | 2 | 3 | 2.5 |',
      3,
      /entries\/0\/average: expected the mean of its scores, 2\.00, got 2\.5/,
    ],
    [
      'a word for a number',
      '| Model | STEM | Social Sciences | Humanities | Average |\n| - | - | - | - | - |\n| a | many | 2 | 3 | 2 |',
      3,
      /entries\/0\/scores\/STEM/,
    ],
  ])('refuses %s', async (title, text, status, message) => {
    const file = join(dir, `${title.replaceAll(' ', '-')}.md`);
    await writeFile(file, text);
    expect(await run(['import', 'flower-leaderboard', file])).toMatchObject({
      status,
      err: expect.stringMatching(message),
    });
  });
});

interface Axis {
  name: string;
  optimizer: string;
  rank?: number[];
  learningRate: number[];
}

describe('import peft-experiments', () => {
  test('makes sweeps of what can be run, and says why the rest cannot', async () => {
    const fixture = new URL('../../../test/e2e/fixtures/peft-experiments.json', import.meta.url);
    const { experiments } = JSON.parse(await readFile(fixture, 'utf8')) as {
      experiments: Record<string, Record<string, object>>;
    };
    const folder = join(dir, 'experiments');
    for (const [name, files] of Object.entries(experiments)) {
      await mkdir(join(folder, name), { recursive: true });
      for (const [file, content] of Object.entries(files)) {
        await writeFile(join(folder, name, `${file}.json`), JSON.stringify(content));
      }
    }
    await mkdir(join(folder, 'xlora/one'), { recursive: true });
    await writeFile(join(folder, 'xlora/one/adapter_config.json'), '{"peft_type":"XLORA"}');
    const place = ['--task', 'moby-dick', '--base', 'nano-sotu', '--budget', '64', '128', '--steps', '20'];
    const read = await run(['import', 'peft-experiments', folder, ...place, '--seed', '0', '1', '--out', dir]);
    expect(read).toMatchObject({ status: 0, err: '' });
    expect(read.out).toContain('xlora/one: adapter_config.json: peft_type: XLORA');
    const again = await run(['import', 'peft-experiments', folder, ...place, '--out', dir]);
    expect(again).toMatchObject({
      status: 2,
      err: expect.stringContaining(`${join(dir, 'peft-experiments-1.json')} is there already`),
    });
    const sweeps = await Promise.all(
      [1, 2, 3, 4].map(async (n) => JSON.parse(await readFile(join(dir, `peft-experiments-${n}.json`), 'utf8'))),
    );
    const rows = sweeps.flatMap(({ methods, training: { targets } }) =>
      methods.map(({ name, optimizer, rank, learningRate }: Axis) => [
        name === 'lora' ? `${name} by ${optimizer}` : name,
        rank?.[0] ?? null,
        learningRate[0],
        targets.join(),
      ]),
    );
    // Llama's query and value; its MLP; all of it. Learning rates as the experiments' own files say.
    expect(rows).toEqual([
      ['full-ft', null, 1e-5, 'query,key,value,output,fc_in,fc_out'],
      ['ia3', null, 5e-3, 'query,key,value,output,fc_in,fc_out'],
      ['ia3', null, 1e-4, 'key,value,fc_out'],
      ['lora by adamw', 10, 1e-4, 'fc_in,fc_out'],
      ['lora by adamw', 32, 1e-4, 'query,value'],
      ['dora', 32, 1e-4, 'query,value'],
      ['lora by lora-fa', 32, 1e-4, 'query,value'],
      ['oft', null, 1e-4, 'query,value'],
      ['shira', 32, 3e-4, 'query,value'],
      ['vera', 256, 1e-3, 'query,value'],
    ]);
    // Its gate, up and down are rescaled at their input; this base has no gate.
    expect(sweeps[0].methods[1].config).toEqual({ feedForward: 'up, down' });
    for (const sweep of sweeps) {
      expect(sweep).toMatchObject({ memoryBudgetMiB: [64, 128], seed: [0, 1] });
      expect(sweep.training).toMatchObject({ steps: 20, batchSize: 4, schedule: 'cosine', clipNorm: 1, dropout: 0 });
    }
    const { status, out } = await run(['sweep', 'preview', join(dir, 'peft-experiments-4.json'), '--json']);
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ trials: 6 * 2 * 2 });
  });

  test('makes a sweep of a configuration of another tool, and says what of it was not read', async () => {
    const file = join(dir, 'factory.yml');
    const lines = [
      'model_name_or_path: a/b',
      'finetuning_type: lora',
      'lora_rank: 4',
      'lora_target: q_proj,v_proj',
      'lora_dropout: 0.1',
      'use_dora: true',
      'per_device_train_batch_size: 2',
      'gradient_accumulation_steps: 3',
      'learning_rate: 2.0e-4',
      'lr_scheduler_type: cosine',
      'num_train_epochs: 2',
      'lora_rr: 1',
      'warmup_steps: 3',
      'adam_beta2: 0.95',
      'quantization_bit: 4',
    ];
    await writeFile(file, lines.join('\n'));
    const place = ['--task', 'moby-dick', '--base', 'nano-sotu', '--budget', '64', '--out', join(dir, 'factory')];
    const epochs = await run(['import', 'peft-experiments', file, ...place]);
    expect(epochs).toMatchObject({ status: 3, err: expect.stringContaining('say them by --steps') });
    const read = await run(['import', 'peft-experiments', file, ...place, '--steps', '20']);
    expect(read.status).toBe(0);
    expect(read.err.trim().split('\n')).toEqual([
      `${file}: line 12: lora_rr is not read`,
      `${file}: line 14: adam_beta2: 0.95 is not taken over`,
      `${file}: the base in nf4 is not taken over: say the type of the base in the sweep`,
      `${file}: its 2048 tokens are not taken over: say sequenceLength in the sweep`,
    ]);
    const sweep = JSON.parse(await readFile(join(dir, 'factory/peft-experiments-1.json'), 'utf8'));
    expect(sweep.methods).toMatchObject([
      { name: 'dora', rank: [4], config: { alpha: 8 }, optimizer: 'adamw', learningRate: [2e-4] },
    ]);
    const training = {
      steps: 20,
      warmupSteps: 3,
      batchSize: 6,
      schedule: 'cosine',
      dropout: 0.1,
      targets: ['query', 'value'],
    };
    expect(sweep.training).toMatchObject(training);
    await writeFile(file, [...lines, 'stage: dpo'].join('\n'));
    const refused = await run(['import', 'peft-experiments', file, ...place, '--steps', '20']);
    expect(refused).toMatchObject({ status: 3, err: expect.stringContaining('line 16: stage: dpo is not read here') });
  });

  test('ends with 3 for an unknown base, and with 2 for a folder without experiments or with a broken file', async () => {
    const folder = await mkdtemp(join(dir, 'experiments-'));
    const place = ['--task', 'moby-dick', '--base', 'nano-sotu', '--budget', '64'];
    expect(await run(['import', 'peft-experiments', folder, ...place])).toMatchObject({
      status: 2,
      err: expect.stringContaining('METHOD/NAME'),
    });
    await mkdir(join(folder, 'lora/one'), { recursive: true });
    await writeFile(join(folder, 'lora/one/adapter_config.json'), '{');
    expect(await run(['import', 'peft-experiments', folder, ...place])).toMatchObject({
      status: 2,
      err: expect.stringContaining('lora/one/adapter_config.json'),
    });
    await writeFile(join(folder, 'lora/one/adapter_config.json'), '{"peft_type":"LORA","r":2,"lora_alpha":4}');
    const elsewhere = ['--task', 'moby-dick', '--base', 'nothing', '--budget', '64'];
    expect(await run(['import', 'peft-experiments', folder, ...elsewhere])).toMatchObject({
      status: 3,
      err: expect.stringContaining('/base'),
    });
  });
});
