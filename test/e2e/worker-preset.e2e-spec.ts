/**
 * @file Sweeps that train by another tool's command on a file that each trial renders: LLaMA-Factory itself where RANKFORGE_LLAMAFACTORY names
 * the folder of its `llamafactory-cli` and of a python beside it, and a program that leaves the same files.
 */
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadBaseModel } from '@rankforge/bases';
import type { CreateSweepInput, Leaderboard } from '@rankforge/contracts';
import { exportBase } from '@rankforge/peft';
import { readToolFile } from '@rankforge/peft/tools';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onlyInFull } from '../support/full.js';
import { createTinyPlatform, type TinyPlatform } from '../support/tiny-platform.js';
import { submit, untilCompleted } from './worker-sweeps.js';

const given = process.env.RANKFORGE_LLAMAFACTORY;
const llamafactory = given !== undefined && existsSync(join(given, 'llamafactory-cli')) ? given : undefined;
if (!llamafactory)
  onlyInFull('a training by LLaMA-Factory: RANKFORGE_LLAMAFACTORY names no folder of llamafactory-cli');

/** Keeps the file it was given beside what it leaves: the loss falls as the rank grows. */
const standIn = `#!${process.execPath}
const { readFileSync, writeFileSync } = require('node:fs');
const [word, file] = process.argv.slice(2);
if (word !== 'train') process.exit(2);
const text = readFileSync(file, 'utf8');
const said = (key) => new RegExp('^' + key + ': (.*)$', 'm').exec(text)[1];
const output = said('output_dir');
writeFileSync(output + '/given.yml', text);
writeFileSync(output + '/adapter_config.json', '{}');
const scores = [{ step: 3, eval_loss: 9 }, { step: 7, eval_loss: 1 / Number(said('lora_r')), eval_runtime: 1 }];
writeFileSync(output + '/trainer_state.json', JSON.stringify({ global_step: Number(said('max_steps')), log_history: scores }));
`;
const scoring = `
const { readFileSync, writeFileSync } = require('node:fs');
const [output, rank] = process.argv.slice(2);
readFileSync(output + '/adapter_config.json');
const test = Array.from({ length: 12 }, (_, at) => 1 / Number(rank) + at / 100);
writeFileSync(process.env.RANKFORGE_RESULT, JSON.stringify({ test: { eval_loss: test } }));
`;
/** The loss of each text under the adapter that LLaMA-Factory left. */
const scoringInTorch = `
import json, os, sys
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(sys.argv[1]), sys.argv[2]).eval()
tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
losses = []
for number in range(6):
    ids = tokenizer(f"{number} it is", return_tensors="pt")["input_ids"]
    with torch.no_grad():
        losses.append(model(input_ids=ids, labels=ids).loss.item())
with open(os.environ["RANKFORGE_RESULT"], "w") as file:
    json.dump({"test": {"eval_loss": losses}}, file)
`;

let platform: TinyPlatform;
let folder: string;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'rankforge-preset-')));
  const bin = join(folder, 'bin');
  await mkdir(bin);
  await writeFile(join(bin, 'axolotl'), standIn);
  await chmod(join(bin, 'axolotl'), 0o755);
  await writeFile(join(folder, 'score.cjs'), scoring);
  await writeFile(join(folder, 'score.py'), scoringInTorch);
  const folders = { RANKFORGE_COMMAND_FOLDERS: folder };
  platform = await createTinyPlatform();
  platform = { ...platform, api: await platform.hostApi(folders) };
  const path = [bin, ...(llamafactory ? [llamafactory] : []), process.env.PATH].join(':');
  await platform.startWorker({ RANKFORGE_WORKER_SLOTS: '1', PATH: path, ...folders });
});
afterAll(async () => {
  await platform?.stop();
  await rm(folder, { recursive: true, force: true });
});

const sweep = (more: Partial<CreateSweepInput>): CreateSweepInput => ({
  name: 'by another tool',
  kind: 'command',
  engine: 'command',
  task: 'command:tool',
  base: 'tiny',
  folder,
  objective: { metric: 'eval_loss', direction: 'minimize' },
  methods: [{ name: 'lora', config: { alpha: 16 } }],
  learningRate: [0.001],
  seed: [0],
  memoryBudgetMiB: [8192],
  ...more,
});
async function run(request: CreateSweepInput) {
  const id = await submit(platform, platform.api, request);
  await untilCompleted(platform, id);
  const trials = await platform.db.trial.findMany({
    where: { sweepId: id, kind: 'command' },
    orderBy: { ordinal: 'asc' },
    include: { attemptList: true },
  });
  expect(trials.map(({ state, reason }) => [state, reason])).toEqual(trials.map(() => ['SUCCEEDED', null]));
  const path = `/v1/leaderboard?task=${request.task}&base=${request.base}&sweepId=${id}`;
  const board = (await (await platform.request(platform.api, path, { role: 'viewer' })).json()) as Leaderboard;
  return { trials, board };
}

describe('a sweep that names a tool', () => {
  it('renders a file for each configuration, takes validation from the Trainer, and scores what was chosen', async () => {
    const kept = join(folder, 'outputs');
    const { trials, board } = await run(
      sweep({
        preset: {
          tool: 'axolotl',
          settings: {
            base_model: 'a/b',
            lora_target_linear: true,
            datasets: [{ path: 'data.jsonl', type: 'alpaca' }],
            output_dir: kept,
            learning_rate: 5,
          },
        },
        command: ['node', 'score.cjs', '{output}', '{rank}'],
        rank: [2, 4],
        training: { steps: 7 },
      }),
    );
    expect(trials.map(({ objective, step }) => [objective, step])).toEqual([
      [0.5, 7],
      [0.25, 7],
    ]);
    expect(board.rows).toMatchObject([{ method: 'lora', rank: 4, status: 'scored', score: expect.closeTo(0.305, 9) }]);
    const outputs = await readdir(kept);
    expect(outputs).toHaveLength(2);
    const own = outputs.find((name) => name.startsWith(trials[1]!.id))!;
    const { training, problems } = readToolFile(await readFile(join(kept, own, 'given.yml'), 'utf8'));
    expect(problems).toEqual([]);
    expect(training).toMatchObject({
      base: 'a/b',
      adapter: { r: 4, lora_alpha: 16, target_modules: 'all-linear' },
      learningRate: 0.001,
      steps: 7,
      seed: 0,
    });
  });

  it.skipIf(!llamafactory)('trains by LLaMA-Factory on cores, to a board of losses by text', async () => {
    const { model } = await loadBaseModel(join(platform.modelsDir, platform.base));
    await mkdir(join(folder, 'base'));
    for (const [file, content] of exportBase(model)) await writeFile(join(folder, 'base', file), content);
    const classes = { tokenizer_class: 'PreTrainedTokenizerFast', eos_token: '<|endoftext|>' };
    await writeFile(join(folder, 'base', 'tokenizer_config.json'), JSON.stringify(classes));
    const rows = Array.from({ length: 40 }, (_, at) => ({
      instruction: `say ${at}`,
      input: '',
      output: `${at} it is`,
    }));
    await writeFile(join(folder, 'mine.json'), JSON.stringify(rows));
    await writeFile(join(folder, 'dataset_info.json'), JSON.stringify({ mine: { file_name: 'mine.json' } }));
    const { trials, board } = await run(
      sweep({
        task: 'command:llamafactory',
        preset: {
          tool: 'llamafactory',
          settings: {
            ...{ model_name_or_path: join(folder, 'base'), stage: 'sft', dataset: 'mine', dataset_dir: folder },
            ...{ template: 'default', cutoff_len: 48, val_size: 0.25, eval_strategy: 'steps', eval_steps: 2 },
            ...{ per_device_train_batch_size: 2, lora_target: 'c_attn', use_cpu: true, report_to: 'none' },
          },
        },
        command: ['python', 'score.py', 'base', '{output}'],
        methods: [{ name: 'lora' }, { name: 'dora' }],
        rank: [4],
        training: { steps: 4 },
      }),
    );
    expect(trials.map(({ step }) => step)).toEqual([4, 4]);
    for (const { objective } of trials) expect(objective).toBeGreaterThan(0);
    expect(board.testExamples).toBe(6);
    expect(board.rows.map(({ method, status }) => [method, status]).sort()).toEqual([
      ['dora', 'scored'],
      ['lora', 'scored'],
    ]);
  });
});
