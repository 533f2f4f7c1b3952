/** @file What becomes of a trial by how its runner ends: the compiled child, and a program in the place of torch. */
import { readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AddedRunner } from '@rankforge/contracts';
import { ArtifactStore } from '@rankforge/db';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeTinyEncoder } from '../../../test/support/tiny-base.js';
import { memory, spec } from '../../../test/support/trials.js';
import { childEnvironment } from '../src/trainer/messages.js';
import { TrainerPool } from '../src/trainer/pool.js';
import { Heard } from './support/obedient-trainer.js';

const script = fileURLToPath(new URL('../dist/trainer/child.bundle.js', import.meta.url));
const conversation = readFileSync(new URL('../../../runners/torch/tests/conversation.jsonl', import.meta.url), 'utf8');
const said = conversation.split('\n').flatMap((line) => (line ? [JSON.parse(line).from ?? []].flat() : []));
const recorded = (type: string) => said.find((line) => line.type === type);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rankforge-ends-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** How a trial ends whose runner answers its order with these lines. */
const endingBy = (...lines: object[]) => endingWith({}, ...lines);

/** The same of a runner that announces something else than torch does. */
async function endingWith(announced: object, ...lines: object[]) {
  const home = join(folder, 'engines/torch');
  await mkdir(home, { recursive: true });
  const python = join(home, 'python');
  await writeFile(
    python,
    `#!${process.execPath}
    const { createReadStream, readdirSync, writeSync } = require('node:fs');
    const say = (line) => writeSync(4, JSON.stringify(line) + '\\n');
    say(${JSON.stringify({ ...recorded('ready'), ...announced })});
    require('node:readline').createInterface({ input: createReadStream('', { fd: 3 }) }).on('line', (text) => {
      const { trial, attempt, data, workdir } = JSON.parse(text);
      const given = JSON.stringify({ splits: Object.keys(data), files: readdirSync(require('node:path').dirname(workdir)).sort() });
      ${JSON.stringify(lines)}.forEach((line, sequence) =>
        say({ ...line, ...(line.reason === 'given' && { reason: given }), trial, attempt, sequence }));
    });`,
  );
  await chmod(python, 0o755);
  const proof = {
    device: 'none',
    firstLossDifference: 0,
    lossDifference: 0,
    scoreDifference: 0,
    stepMs: 1,
    wasmStepMs: 1,
  };
  const added: AddedRunner = {
    name: 'torch',
    python,
    module: 'none',
    releases: [],
    able: { peftTypes: [], optimizers: [], dtypes: [] },
    addedAt: '2026-01-01T00:00:00.000Z',
    proof,
  };
  await writeFile(join(home, 'engine.json'), JSON.stringify(added));
  const base = await writeTinyEncoder(join(folder, 'models'));
  const store = new ArtifactStore(join(folder, 'artifacts'));
  await store.prepare();
  const head = { format: 'rankforge-dataset-1', objective: 'classification', classes: ['sea', 'land'] };
  const rows = Array.from({ length: 24 }, (_, i) => ({
    split: ['train', 'validation', 'test'][i % 3],
    row: `line ${i + 1}`,
    text: i % 2 === 0 ? `the sea was calm ${i}` : `the hill was green ${i}`,
    label: i % 2,
  }));
  const file = [head, ...rows].map((row) => `${JSON.stringify(row)}\n`).join('');
  const dataset = (await store.put(Buffer.from(file))).sha256;
  const env = childEnvironment({
    artifactDir: join(folder, 'artifacts'),
    modelsDir: join(folder, 'models'),
    calibrations: { folder: join(folder, 'calibrations'), mostBytes: 0 },
    enginesDir: join(folder, 'engines'),
  });
  const pool = new TrainerPool({ script, env, stopWithinMs: 30_000 });
  const training = { ...spec.training, steps: 4, batchSize: 4, sequenceLength: 24, targets: ['query', 'value'] };
  try {
    return await pool.run(
      {
        trialId: 'trial',
        kind: 'train',
        budgetBytes: 2 ** 29,
        predicted: memory,
        checkpoints: [],
        spec: { ...spec, task: 'dataset:sea', dataset, base, engine: 'torch', training },
      },
      new Heard(),
      new AbortController().signal,
    );
  } finally {
    await pool.close();
  }
}

it('fails where other scalars are trained than were ordered', async () => {
  expect(await endingBy({ ...recorded('loaded'), parameters: 7 })).toMatchObject({
    kind: 'failed',
    reason: expect.stringMatching(
      /^by the order \d+ scalars are trained, and the runner says 7: what ran is not what was asked for$/,
    ),
  });
});

it('fails where fewer steps were done than were ordered', async () => {
  expect(await endingBy({ ...recorded('ended'), outcome: 'completed', step: 3 })).toMatchObject({
    kind: 'failed',
    reason: 'by the order 4 steps are done, and the runner says 3: what ran is not what was asked for',
  });
});

it('is over its budget where the runner ran out of memory', async () => {
  const ended = { ...recorded('ended'), outcome: 'out-of-memory', step: 2, adapter: null, reason: 'cannot allocate' };
  expect(await endingBy(ended)).toMatchObject({
    kind: 'over-budget',
    reason: `the runner ran out of memory after step 2 (predicted ${memory.total} bytes, budget ${2 ** 29}): cannot allocate`,
  });
});

it('trains on files that do not hold the test split', async () => {
  const ended = { ...recorded('ended'), outcome: 'failed', adapter: null, reason: 'given' };
  const given = { splits: ['train', 'validation'] };
  const files = ['adapter', 'plan.json', 'train.safetensors', 'validation.safetensors', 'work'];
  expect(await endingBy(ended)).toMatchObject({
    kind: 'failed',
    reason: `the runner failed: ${JSON.stringify({ ...given, files })}`,
  });
});

it('fails where the runner says that it scored the test split', async () => {
  expect(await endingBy({ ...recorded('evaluated'), split: 'test' })).toMatchObject({
    kind: 'failed',
    reason: 'the runner scored test, and validation was ordered',
  });
});

it('fails where a file is named that lies outside the folder the runner writes to', async () => {
  const file = { path: process.execPath, sha256: 'a'.repeat(64) };
  expect(await endingBy({ ...recorded('evaluated'), split: 'validation', file })).toMatchObject({
    kind: 'failed',
    reason: expect.stringMatching(/^the runner names .*, which is not in .*work, where it was told to write$/),
  });
});

it.each([
  [
    { peftTypes: ['IA3'] },
    'method: the runner rankforge-torch has no LORA, but IA3; LORA comes by a newer peft: install that for its Python and add the engine again',
  ],
  [{ dtypes: ['bfloat16'] }, 'baseDtype: the runner rankforge-torch has no float32, but bfloat16'],
  [{ optimizers: ['sgd', 'lion'] }, 'optimizer: the runner rankforge-torch has no adamw, but sgd, lion'],
])('fails where the runner announced that it cannot do what is ordered: %o', async (announced, reason) => {
  expect(await endingWith(announced, recorded('loaded'))).toMatchObject({ kind: 'failed', reason });
});
