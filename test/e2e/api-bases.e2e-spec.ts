import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BaseList, type CreateEstimateInput, Estimate, FileEstimate } from '@rankforge/contracts';
import { findMethod, findOptimizer, predictMemory, readModelConfig } from '@rankforge/peft';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gpt2Files, writeFiles } from '../support/gpt2-files.js';
import { type ApiUnderTest, create, expectProblem, startApi, sweep, trialsOf } from './api-client.js';
import { untilCompleted } from './worker-sweeps.js';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api?.stop());

const list = async () => BaseList.parse((await api.get('/v1/bases').expect(200)).body);
const folder = (name: string) => join(api.modelsDir, name);

describe('GET /v1/bases', () => {
  it('lists a folder in the format of Hugging Face as soon as it is there, with its provenance', async () => {
    expect((await list()).bases.map(({ name }) => name)).toEqual([api.base]);
    await writeFiles(folder('gpt2-small'), gpt2Files('sharded'));
    const { bases, unusable } = await list();
    expect(unusable).toEqual([]);
    expect(bases[0]).toMatchObject({
      name: 'gpt2-small',
      architecture: 'gpt2',
      // Tables of 13 and 16 rows; per block 2 norms, attention 4·(8·8 + 8), MLP 8·32 + 32 + 32·8 + 8; a final norm.
      parameters: (13 + 16) * 8 + 2 * (2 * 16 + 4 * 72 + 288 + 264) + 16,
      layers: 2,
      width: 8,
      input: { kind: 'tokens', vocabularySize: 13, contextLength: 16 },
      targets: ['query', 'key', 'value', 'output', 'fc_in', 'fc_out'],
      provenance: { modelType: 'gpt2' },
    });
    const files = bases[0]?.provenance.files as { name: string }[];
    expect(files.map(({ name }) => name)).toContain('model-00002-of-00003.safetensors');
  });

  it('reports a broken folder with its reason beside the others, and takes it in once it is mended', async () => {
    await writeFiles(folder('broken'), new Map<string, string | Buffer>([...gpt2Files(), ['tokenizer.json', '{}']]));
    const { bases, unusable } = await list();
    expect(bases.map(({ name }) => name)).toEqual(['gpt2-small', api.base]);
    expect(unusable).toEqual([{ name: 'broken', reason: expect.stringMatching(/^broken\/tokenizer\.json: model: /) }]);

    const refused = await api.post('/v1/sweeps', sweep('broken'));
    const { errors } = expectProblem(refused, 400, 'validation', ['/base']);
    expect(errors?.[0]?.message).toMatch(/^cannot be used: broken\/tokenizer\.json/);

    await writeFiles(folder('broken'), gpt2Files());
    expect((await list()).unusable).toEqual([]);
  });

  it('no longer lists a folder that is gone', async () => {
    await rm(folder('broken'), { recursive: true });
    expect((await list()).bases.map(({ name }) => name)).toEqual(['gpt2-small', api.base]);
  });
});

describe('POST /v1/sweeps', () => {
  const training = { steps: 2, batchSize: 2, sequenceLength: 16 };

  it('takes a base model that was added after the API started, and keys its trials by what is in the folder', async () => {
    const keyOf = async () => {
      const { id } = await create(api, { base: 'gpt2-small', training });
      return (await trialsOf(api, id))[0]?.key;
    };
    const key = await keyOf();
    expect(await keyOf()).toBe(key);
    await writeFile(join(folder('gpt2-small'), 'tokenizer.json'), `${gpt2Files().get('tokenizer.json')}\n`);
    expect(await keyOf()).not.toBe(key);
  });

  it('names the base models there are where one is unknown', async () => {
    const refused = await api.post('/v1/sweeps', sweep('nothing'));
    const { errors } = expectProblem(refused, 400, 'validation', ['/base']);
    expect(errors?.[0]?.message).toBe(
      `unknown base model "nothing"; known: gpt2-small, ${api.base}; add one with rankforge base add or rankforge base fetch`,
    );
  });
});

describe('POST /v1/estimate', () => {
  const config = { model_type: 'gpt2', n_embd: 64, n_layer: 3, n_head: 4, n_positions: 256, vocab_size: 500 };
  const ask = (body: object) => api.post('/v1/estimate', body, 'viewer');
  const estimate = async (body: CreateEstimateInput) => Estimate.parse((await ask(body).expect(200)).body);
  const lora = findMethod('lora');
  const adamw = findOptimizer('adamw');
  const peak = (
    numbers: { rank: number; batchSize: number; sequence: number; attention?: 'chunked' },
    given: object = config,
  ) =>
    predictMemory({
      model: readModelConfig(given),
      method: lora,
      config: lora.config.parse({ rank: numbers.rank }),
      targets: ['query', 'value'],
      optimizer: adamw.build(adamw.config.parse({})),
      ...numbers,
    });

  it('predicts for a pasted config.json what the library does, and what fits a budget', async () => {
    const asked = { batchSize: 4, sequence: 128 };
    const budget = peak({ ...asked, rank: 8 }).total;
    const made = await estimate({ config, methods: ['lora'], ranks: [32, 8], batch: 4, sequence: 128, budget });
    // Tables of 500 and 256 rows; per block 2 norms, attention 4·(64·64 + 64), MLP 64·256 + 256 + 256·64 + 64; a final norm.
    const parameters = (500 + 256) * 64 + 3 * (2 * 128 + 4 * 4160 + 16_640 + 16_448) + 128;
    expect(made.model).toMatchObject({ architecture: 'gpt2', layers: 3, width: 64, parameters });
    expect(made).toMatchObject({ profile: 'rankforge', optimizer: 'adamw', engine: 'wasm', budget, refused: [] });
    expect(made.rows.map(({ rank, memory, fits }) => ({ rank, memory, fits }))).toEqual([
      { rank: 8, memory: peak({ ...asked, rank: 8 }), fits: true },
      { rank: 32, memory: peak({ ...asked, rank: 32 }), fits: false },
    ]);
    expect(made.rows[0]?.largest).toMatchObject({ rank: 8, batch: 4, sequence: 128 });
    const change = { attention: 'chunked', total: peak({ ...asked, rank: 32, attention: 'chunked' }).total };
    expect(made.rows[1]?.changes).toEqual([change]);
    // In chunks as it is, a smaller batch is the cheapest.
    const small = await estimate({
      ...{ config, methods: ['lora'], ranks: [32], batch: 4, sequence: 128, attention: 'chunked' },
      budget: peak({ ...asked, rank: 32, attention: 'chunked' }).total - 1,
    });
    const less = { batch: 3, total: peak({ rank: 32, batchSize: 3, sequence: 128, attention: 'chunked' }).total };
    expect(small.rows[0]?.changes?.[0]).toEqual(less);
  });

  it('holds rows to what is left of a card, names cards without one, and refuses one that it does not know', async () => {
    const torch = { config, methods: ['lora'], torch: {} };
    const on = await estimate({ ...torch, gpu: 'l4' });
    // ECC takes a sixteenth of its 24 GiB; 2 % and half a GiB are assumed for all else.
    const gib = 2 ** 30;
    expect(on.card).toMatchObject({
      name: 'l4',
      bytes: 22.5 * gib,
      overhead: Math.ceil(0.02 * 22.5 * gib + 0.5 * gib),
    });
    expect({ budget: on.budget, fits: on.rows[0]?.fits }).toEqual({ budget: on.card!.left, fits: true });
    const offered = await estimate({ ...torch, prices: { h100: 2 } });
    expect(offered.rows[0]?.cards?.slice(0, 2)).toEqual(['h100', 'rtx-3080']);
    const unknown = await ask({ ...torch, gpu: 'l5' }).expect(400);
    expect(unknown.body.errors).toEqual([
      { path: '/gpu', message: expect.stringMatching(/^Unknown card 'l5' \(did you mean .*l4.*\?\): use one of /) },
    ]);
  });

  it('predicts what torch holds of it where torch is set up, and says how', async () => {
    const { profile, dtype, torch, rows } = await estimate({
      config,
      methods: ['lora'],
      torch: { attention: 'eager' },
    });
    expect({ profile, dtype, torch }).toEqual({
      profile: 'torch',
      dtype: 'bfloat16',
      torch: {
        prepared: false,
        doubleQuantization: true,
        adapters: 'float32',
        autocast: false,
        attention: 'eager',
        padded: true,
        logits: 'float32',
        loss: 'whole',
        update: 'foreach',
      },
    });
    expect(rows[0]?.memory.weights).toBe(2 * ((500 + 256) * 64 + 3 * (2 * 128 + 4 * 4160 + 16_640 + 16_448) + 128));
    expect(rows[0]?.torch?.reserved).toBeGreaterThanOrEqual(rows[0]!.memory.total);
  });

  it('takes a base model of the installation, all methods that fine-tune, and its whole context where that is short', async () => {
    const { rows, refused, sequence } = await estimate({ base: 'gpt2-small' });
    expect(sequence).toBe(16);
    expect(rows.map(({ method }) => method)).toContain('lora');
    expect(refused).toContainEqual({
      method: 'linear-probe',
      rank: null,
      reason: expect.stringMatching(/^linear-probe trains nothing on language modelling/),
      field: 'method',
    });
  });

  it.each([
    [{}, ['/config'], 'expected either base or config; neither came'],
    [{ base: 'gpt2-small', config }, ['/config'], 'expected either base or config; both came'],
    [{ base: 'absent' }, ['/base'], 'unknown base model "absent"; known: gpt2-small'],
    [{ config: { model_type: 'mamba' } }, ['/config'], 'model_type: "mamba" is not supported; expected one of gpt2'],
    [{ config: { ...config, n_layer: 1e9 } }, ['/config'], 'n_layer: expected at most 10000, got 1000000000'],
    [
      { config, methods: ['lora', 'lorra'] },
      ['/methods/1'],
      "Unknown method 'lorra' (did you mean lora?): use one of full-ft",
    ],
    [
      { config, optimizer: 'adam' },
      ['/optimizer'],
      "Unknown optimizer 'adam' (did you mean adamw or badam?): use one of adamw",
    ],
    [{ config, targets: ['query', 'head'] }, ['/targets/1'], 'the model has no layer head; it has query, key'],
    [{ config, sequence: 257 }, ['/sequence'], 'the model takes at most 256 tokens, got 257'],
    [{ config, batch: 0 }, ['/batch'], 'must be at least 1, got 0'],
    [{ config, budget: '24GiB' }, ['/budget'], 'expected number, got "24GiB"'],
    [{ config, ranks: [1, 2, 3] }, ['/ranks'], 'all methods at 3 ranks are too many rows: at most 256'],
  ])('refuses %j and names the field', async (body, paths, message) => {
    const { errors } = expectProblem(await ask(body), 400, 'validation', paths);
    expect(errors?.[0]?.message.toLowerCase()).toContain(message.toLowerCase());
  });

  const axolotl =
    'adapter: lora\nlora_r: 4\nlora_alpha: 8\nlora_target_modules: [c_attn]\nmicro_batch_size: 3\nsequence_len: 64\n';
  const askFrom = (body: object) => api.post('/v1/estimate/from', body, 'viewer');

  it('estimates what a file of another tool says, and lists the keys that it read, ignored and does not know', async () => {
    const file = `base_model: org/own\n${axolotl}wandb_project: mine\nlora_rr: 8\n`;
    const answer = await askFrom({ file, config, gpu: 'l4' }).expect(200);
    const made = FileEstimate.parse(answer.body);
    const same = { methods: ['lora'], ranks: [4], targets: ['query', 'key', 'value'], batch: 3, sequence: 64 };
    const { rows, ...asked } = await estimate({ config, ...same, gpu: 'l4', torch: { update: 'fused' } });
    expect(made.estimate).toMatchObject({
      ...asked,
      torch: { ...asked.torch, autocast: made.estimate.torch!.autocast },
    });
    expect(made.estimate.rows.map(({ trainableParameters }) => trainableParameters)).toEqual(
      rows.map(({ trainableParameters }) => trainableParameters),
    );
    expect(made.file).toMatchObject({
      ...{ tool: 'axolotl', title: 'axolotl', base: 'org/own', notRead: [{ key: 'lora_rr', line: 9 }] },
      ignored: [{ key: 'wandb_project', line: 8 }],
    });
    expect(made.file.read.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('takes the base that a file names where it is known, and the adapter beside a script', async () => {
    const sft = '{"model_name_or_path": "meta-llama/Llama-3.2-1B", "max_length": 256, "bf16": true}';
    const adapter = { peft_type: 'LORA', r: 8, lora_alpha: 16, target_modules: ['q_proj', 'v_proj'] };
    const { estimate: made, file } = FileEstimate.parse((await askFrom({ file: sft, adapter }).expect(200)).body);
    expect(file).toMatchObject({ tool: 'trl', base: 'meta-llama/Llama-3.2-1B', notRead: [] });
    // 16 blocks: queries 2048 → 2048, values 2048 → 512.
    expect(made.rows[0]).toMatchObject({ method: 'lora', trainableParameters: 16 * 8 * (2048 + 2048 + 2048 + 512) });
    expect(made).toMatchObject({ sequence: 256, targets: ['query', 'value'] });
  });

  it.each([
    [
      { file: `base_model: org/own\n${axolotl}` },
      '/config',
      /^org\/own, the base model of the file, is not known here: /,
    ],
    [{ file: axolotl, config: {} }, '/config', /^architecture: /],
    [{ file: `${axolotl}rl: dpo\n`, config }, '/file', /^line 7: rl: "dpo" is another objective$/],
    [{ file: axolotl.replace('c_attn', 'no_such'), config }, '/file', /^line 4: lora_target_modules: .*no_such/],
    [{ file: 'a: [1', config }, '/file', /^is not YAML: line 1: /],
    [{ file: axolotl.replace('64', '5000'), config }, '/file', /the model takes at most 256 tokens, got 5000/],
    [{ file: axolotl, config, gpu: 'l5' }, '/gpu', /^Unknown card 'l5'/],
    [{ file: 'x'.repeat(65_537), config }, '/file', /65536/],
    [{ file: axolotl, config, base: 'gpt' }, '/config', /both came/],
  ])('refuses %j from a file and names the field', async (body, path, message) => {
    const { errors } = expectProblem(await askFrom(body), 400, 'validation', [path]);
    expect(errors?.[0]?.message).toMatch(message);
  });

  it('refuses a number of layers that no model has', async () => {
    const sizes = { vocab_size: 1, hidden_size: 1, num_attention_heads: 1, intermediate_size: 1 };
    const config = { model_type: 'gemma2', ...sizes, num_hidden_layers: 2e9, layer_types: ['sliding_attention'] };
    const refused = expectProblem(await ask({ config }), 400, 'validation', ['/config']);
    expect(refused.detail).toContain('num_hidden_layers: expected at most 10000, got 2000000000');
  });

  it('answers other requests while it estimates', async () => {
    const methods = ['lora', 'dora', 'vera'];
    const heavy = { config: { ...config, n_layer: 40 }, methods, budget: 1e8 };
    let isDone = false;
    const estimated = ask(heavy)
      .expect(200)
      .then(() => {
        isDone = true;
      });
    const others = await Promise.all(Array.from({ length: 5 }, () => api.get('/v1/bases').expect(200)));
    expect({ isDone, others: others.length }).toEqual({ isDone: false, others: 5 });
    await estimated;
  });
});

describe('a worker', () => {
  it('trains and scores on a folder of Hugging Face as on ours', async () => {
    await api.platform.hostWorker({ RANKFORGE_MODELS_DIR: api.modelsDir, RANKFORGE_WORKER_SLOTS: '1' });
    const training = { steps: 5, batchSize: 2, sequenceLength: 16 };
    const { id } = await create(api, {
      base: 'gpt2-small',
      methods: [{ name: 'lora' }, { name: 'full-ft' }],
      training,
    });
    await untilCompleted(api.platform, id);
    const trials = await trialsOf(api, id);
    expect(trials.map(({ kind, method, state }) => `${kind} ${method} ${state}`).sort()).toEqual([
      'score full-ft SUCCEEDED',
      'score lora SUCCEEDED',
      'train full-ft SUCCEEDED',
      'train lora SUCCEEDED',
    ]);
    for (const { kind, measuredBytes, predictedBytes } of trials) {
      if (kind === 'train') expect(Math.abs(measuredBytes! / predictedBytes - 1)).toBeLessThan(0.02);
    }
  });
});
