/** @file The script of examples/21-own-script behind a sweep: a Trainer of transformers that nobody changed shows how far it is. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadBaseModel } from '@rankforge/bases';
import type { CreateSweepInput, Leaderboard } from '@rankforge/contracts';
import { exportBase } from '@rankforge/peft';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeTinyEncoder } from '../support/tiny-base.js';
import { createTinyPlatform, type TinyPlatform } from '../support/tiny-platform.js';
import { losses, submit, untilCompleted } from './worker-sweeps.js';

const example = fileURLToPath(new URL('../../examples/21-own-script/', import.meta.url));
const python = process.env.RANKFORGE_PYTHON ?? fileURLToPath(new URL('../interop/.venv/bin/python', import.meta.url));

describe.skipIf(!existsSync(python))('a script that knows nothing of who starts it', () => {
  let platform: TinyPlatform;
  let folder: string;
  beforeAll(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'rankforge-own-script-')));
    await writeTinyEncoder(folder, 'tiny');
    const { model } = await loadBaseModel(join(folder, 'tiny'));
    await mkdir(join(folder, 'encoder'));
    for (const [file, content] of exportBase(model)) await writeFile(join(folder, 'encoder', file), content);
    const classes = { tokenizer_class: 'PreTrainedTokenizerFast', pad_token: '<|endoftext|>' };
    await writeFile(join(folder, 'encoder', 'tokenizer_config.json'), JSON.stringify(classes));
    await writeFile(join(folder, 'train.py'), await readFile(join(example, 'train.py')));
    const folders = { RANKFORGE_COMMAND_FOLDERS: folder };
    platform = await createTinyPlatform();
    platform = { ...platform, api: await platform.hostApi(folders) };
    await platform.startWorker({ RANKFORGE_WORKER_SLOTS: '1', ...folders });
  });
  afterAll(async () => {
    await platform?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('has a board with intervals, curves of its losses, and lines that say how far it is', async () => {
    const written = JSON.parse(await readFile(join(example, 'sweep.json'), 'utf8')) as CreateSweepInput;
    const request: CreateSweepInput = {
      ...written,
      folder,
      command: [python, ...written.command!.slice(1)].map((word) =>
        word.startsWith('../../models') ? 'encoder' : word,
      ),
      rank: [4],
      learningRate: [0.01],
      seed: [0],
      training: { steps: 20 },
    };
    const id = await submit(platform, platform.api, request);
    await untilCompleted(platform, id);
    const trials = await platform.db.trial.findMany({
      where: { sweepId: id, kind: 'command' },
      orderBy: { ordinal: 'asc' },
      include: { attemptList: true },
    });
    expect(trials.map(({ state, reason }) => [state, reason])).toEqual(Array(2).fill(['SUCCEEDED', null]));
    const [trial] = trials;
    expect(trial!.step).toBe(20);
    // Python with torch holds more than 100 MiB.
    expect(Number(trial!.measuredBytes)).toBeGreaterThan(100 * 2 ** 20);
    const { logTail } = trial!.attemptList[0]!;
    expect(logTail).toContain('the Trainer says: 0 %, step 0 of 20');
    expect(logTail).toContain('the Trainer says: 100 %, step 20 of 20, 0 s left');
    const curve = await losses(platform, trial!.id);
    expect(curve.at(-1)![0]).toBe(20);
    expect(curve.at(-1)![1]).toBeGreaterThan(0);
    const path = `/v1/leaderboard?task=command:tickets&base=minilm-l6&sweepId=${id}`;
    const board = (await (await platform.request(platform.api, path, { role: 'viewer' })).json()) as Leaderboard;
    expect(board.testExamples).toBe(300);
    expect(board.rows.map(({ method, status, seeds }) => [method, status, seeds]).sort()).toEqual([
      ['dora', 'scored', 1],
      ['lora', 'scored', 1],
    ]);
    for (const { interval, score } of board.rows) {
      expect(interval![0]).toBeLessThan(score!);
      expect(interval![1]).toBeGreaterThan(score!);
    }
  });
});
