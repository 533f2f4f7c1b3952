/** @file Conversations from upload to board: laid out by the base's chat template, whose hash is in each trial. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CreateDatasetInput, CreateSweepInput, Leaderboard, Problem } from '@rankforge/contracts';
import { TrialSpec } from '@rankforge/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeTinyBase } from '../support/tiny-base.js';
import { uploadDataset } from '../support/tiny-dataset.js';
import { createTinyPlatform, type TinyPlatform } from '../support/tiny-platform.js';
import { problemsOf, submit, trainings, untilCompleted } from './worker-sweeps.js';

/** Roles and texts in lines, each turn ended by "$", which the tokenizer has as its token 4. */
const template =
  "{% if messages[0].role == 'assistant' %}{{ raise_exception('Ask first') }}{% endif %}{% for m in messages %}{{ m.role ~ ': ' ~ m.content ~ eos_token ~ '\n' }}{% endfor %}{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}";

let platform: TinyPlatform;
let base: string;
const tokenizerConfig = (chat: string) =>
  writeFile(
    join(platform.modelsDir, base, 'tokenizer_config.json'),
    JSON.stringify({ eos_token: '$', chat_template: chat }),
  );

beforeAll(async () => {
  platform = await createTinyPlatform();
  const size = { width: 32, layers: 1, contextLength: 128 };
  base = await writeTinyBase(platform.modelsDir, undefined, { ...size, name: 'tiny-chat' });
  await writeFile(join(platform.modelsDir, base, 'generation_config.json'), JSON.stringify({ eos_token_id: [4] }));
  await tokenizerConfig(template);
  await add('chats', { objective: 'instruction-tuning', messages: 'messages' });
  await add('asked', { objective: 'question-answering', messages: 'messages', answerTokens: 8 });
  await platform.hostWorker({ RANKFORGE_WORKER_SLOTS: '1' });
});
afterAll(() => platform?.stop());

const animals = ['whale', 'otter', 'heron', 'mole', 'newt', 'lynx'];
const rows = Array.from({ length: 60 }, (_, at) => ({
  messages: [
    { role: 'system', content: 'Answer in a word.' },
    { role: 'user', content: `${animals[at % 6]} ${at}` },
    { role: 'assistant', content: at % 2 ? 'odd' : 'even' },
    { role: 'user', content: 'and then' },
    { role: 'assistant', content: at % 2 ? 'even' : 'odd' },
  ],
  split: at < 40 ? 'train' : at < 50 ? 'validation' : 'test',
}));

async function add(name: string, mapping: CreateDatasetInput['mapping']) {
  const spec: CreateDatasetInput = { name, format: 'jsonl', mapping, split: { by: 'column', column: 'split' } };
  const content = rows.map((row) => JSON.stringify(row)).join('\n');
  return uploadDataset(platform.api.url, platform.keys.submitter, { spec, content, file: `${name}.jsonl` });
}

const sweep = (overrides: Partial<CreateSweepInput> = {}): CreateSweepInput => ({
  name: 'chats',
  task: 'dataset:chats',
  base,
  methods: [{ name: 'lora' }],
  rank: [2],
  memoryBudgetMiB: [512],
  learningRate: [0.01],
  seed: [0],
  training: { steps: 20, batchSize: 8, sequenceLength: 64 },
  ...overrides,
});
const completed = async (request: CreateSweepInput) => {
  const id = await submit(platform, platform.api, request);
  await untilCompleted(platform, id);
  const [trial] = await trainings(platform, id);
  expect([trial!.state, trial!.reason]).toEqual(['SUCCEEDED', null]);
  return { ...trial!, spec: TrialSpec.parse(trial!.spec) };
};

describe('a sweep on conversations', () => {
  it('is trained by the template of its base, and its trial names the hash of it', async () => {
    const first = await completed(sweep());
    expect(first.spec.chat).toEqual({ sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    const again = await completed(sweep());
    expect([again.key, again.leaderId]).toEqual([first.key, first.id]);

    await tokenizerConfig(template.replace("'assistant: '", "'assistant:'").replace("': '", "':'"));
    const other = await completed(sweep());
    expect(other.spec.chat!.sha256).not.toBe(first.spec.chat!.sha256);
    expect([other.key === first.key, other.leaderId]).toEqual([false, null]);
    await tokenizerConfig(template);
  });

  it('may name a template, which leaves with the adapter and is shown in its page', async () => {
    const { id, spec } = await completed(sweep({ chatTemplate: 'lines' }));
    expect(spec.chat).toEqual({ template: 'lines', sha256: expect.any(String) });
    const answer = await platform.request(platform.api, `/v1/trials/${id}/adapter?format=peft`, { role: 'viewer' });
    const archive = Buffer.from(await answer.arrayBuffer()).toString('utf8');
    expect(archive).toContain('chat_template.jinja');
    expect(archive).toContain("(message.role | capitalize) + ': ' + message.content");
    expect(archive).toContain('tokenizer.apply_chat_template(');
  });

  it('becomes a generator that is asked by the template that it was trained by', async () => {
    const generator = async (name: string, trial: string, more: object = {}) => {
      const body = { name, kind: 'adapter', trial, ...more };
      return (await platform.request(platform.api, '/v1/generators', { body, role: 'submitter' })).json();
    };
    const [own, lines] = [await completed(sweep()), await completed(sweep({ chatTemplate: 'lines' }))];
    const asked = (chat: TrialSpec['chat']) => ({ generator: { template: 'model', chat } });
    expect(await generator('own', own.id)).toMatchObject(asked(own.spec.chat));
    expect(await generator('lines', lines.id)).toMatchObject(asked(lines.spec.chat));

    await tokenizerConfig(`${template} `);
    const { errors } = (await generator('changed', own.id)) as Problem;
    expect(errors).toEqual([
      {
        path: '/trial',
        message: expect.stringContaining(
          `the chat template of ${base} was changed since trial ${own.id} was trained by it: put chat_template.jinja or tokenizer_config.json back`,
        ),
      },
    ]);
    expect(await generator('plain', own.id, { template: 'plain' })).toMatchObject({ generator: { template: 'plain' } });
    await tokenizerConfig(template);
  });

  it('is scored by what the base writes behind the prompt of its template', async () => {
    const trial = await completed(
      sweep({
        task: 'dataset:asked',
        methods: [{ name: 'full-ft' }],
        training: { steps: 120, batchSize: 8, sequenceLength: 64 },
      }),
    );
    expect(trial.spec.ends).toEqual([4]);
    const path = `/v1/leaderboard?task=dataset:asked&base=${base}`;
    const board = (await (await platform.request(platform.api, path, { role: 'viewer' })).json()) as Leaderboard;
    expect(board.metric.name).toBe('exactMatch');
    // Two answers are possible, and a base that is not trained writes neither.
    expect(board.rows[0]!.score).toBeGreaterThan(0);
  });

  it('is refused where nothing lays conversations out, naming what to do', async () => {
    expect(await problemsOf(platform, sweep({ base: platform.base }))).toEqual([
      expect.stringMatching(
        /^tiny brings no chat template, and the examples of dataset:chats are conversations: put a chat_template\.jinja .* \(chatTemplate: chatml or lines\), or import the data with a promptTemplate$/,
      ),
    ]);
    expect(await problemsOf(platform, sweep({ base: platform.base, chatTemplate: 'chatml' }))).toEqual([
      expect.stringContaining('has no <|im_start|> and no <|im_end|>'),
    ]);
    expect(await problemsOf(platform, sweep({ task: 'moby-dick', chatTemplate: 'lines' }))).toEqual([
      expect.stringContaining('the examples of moby-dick are no conversations'),
    ]);
  });

  it('is refused with the row that a template refuses, though a length is named', async () => {
    await tokenizerConfig("{{ raise_exception('Only ' ~ messages|length) }}");
    expect(await problemsOf(platform, sweep())).toEqual([
      expect.stringMatching(/the chat template refuses a conversation: Only 2$/),
    ]);
    await tokenizerConfig(template);
  });
});
