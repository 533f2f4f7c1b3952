/** @file `rankforge estimate`: the real command on folders that hold a config.json and nothing else. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { publishedConfig, publishedModels } from '@rankforge/contracts';
import { baseParameters, findMethod, findOptimizer, predictMemory, readConfig, readShapes } from '@rankforge/peft';
import { describe, expect, test } from 'vitest';
import { hubModel, startHub } from '../../../test/support/hub-server.js';
import { llama8b } from '../../../test/support/published-configs.js';
import { type Answer, estimates } from './support/estimates.js';
import { rankforge } from './support/run.js';

const { made, folder, run, json } = estimates();

const parameters = 8_030_261_248;

describe('Llama-3.1-8B', () => {
  test('takes 16 bytes per parameter for full fine-tuning with AdamW, besides activations', async () => {
    const { profile, rows } = await json(made.llama, '--method', 'full-ft');
    expect(profile).toBe('rankforge');
    const [{ memory, trainableParameters, rank }] = rows as [Answer['rows'][0]];
    expect(rank).toBeNull();
    expect(trainableParameters).toBe(parameters);
    // A value, its gradient and two moments, of four bytes each.
    expect(memory.weights + memory.gradients + memory.optimizer).toBe(16 * parameters);
    const { total, ...parts } = memory;
    expect(Object.values(parts).reduce((sum, part) => sum + part)).toBe(total);
  });

  test('says by method and rank what the library predicts, smallest peak first', async () => {
    const flags = ['--batch', '2', '--sequence', '256', '--targets', 'query', 'value', '--engine', 'tensorflow'];
    const { rows } = await json(made.llama, '--method', 'lora,dora', '--rank', '64', '8', ...flags);
    const model = await readConfig(made.llama);
    const adamw = findOptimizer('adamw');
    const shapes = { model, targets: ['query', 'value'], batchSize: 2, sequence: 256, engine: 'tensorflow' } as const;
    const optimizer = adamw.build(adamw.config.parse({}));
    const predicted = ['lora', 'dora'].flatMap((name) =>
      [64, 8].map((rank) => {
        const method = findMethod(name);
        return {
          name,
          rank,
          ...predictMemory({ ...shapes, method, config: method.config.parse({ rank }), optimizer }),
        };
      }),
    );
    predicted.sort((a, b) => a.total - b.total);
    expect(rows.map(({ method, rank, memory }) => ({ name: method, rank, ...memory }))).toEqual(predicted);
    // 32 layers, rank 8: queries 4096 → 4096, values 4096 → 1024.
    const lora8 = rows.find(({ method, rank }) => method === 'lora' && rank === 8);
    expect(lora8?.trainableParameters).toBe(32 * 8 * (4096 + 4096 + 4096 + 1024));
  });

  test('finds the largest batch and sequence that fit, and one more does not', async () => {
    const [row] = (await json(made.llama, '--method', 'lora', '--budget', '64GiB', '--engine', 'tensorflow')).rows;
    const { batch, sequence, rank } = row!.largest!;
    const [lora, adamw, model] = [findMethod('lora'), findOptimizer('adamw'), await readConfig(made.llama)];
    const optimizer = adamw.build(adamw.config.parse({}));
    const shapes = { model, targets: ['query', 'value'], engine: 'tensorflow' } as const;
    const trial = { ...shapes, method: lora, config: lora.config.parse({}), optimizer };
    const fits = (batchSize: number, tokens: number) =>
      predictMemory({ ...trial, batchSize, sequence: tokens }).total <= 64 * 2 ** 30;
    expect([fits(batch!, 512), fits(batch! + 1, 512)]).toEqual([true, false]);
    expect([fits(1, sequence!), fits(1, sequence! + 1)]).toEqual([true, false]);
    // Adapters of full rank fit beside the base.
    expect({ fits: row!.fits, rank }).toEqual({ fits: true, rank: 4096 });
  });

  test('prints a table of parts, and leaves out what cannot be trained with its reason', async () => {
    const { status, out, err } = await run(
      ...['llama-8b', '--budget', '32 GiB', '--method', 'lora', 'muscle', 'loram', '--engine', 'tensorflow'],
    );
    expect(status).toBe(0);
    const [head, ...lines] = out.split('\n');
    expect(head).toMatch(
      /^method +rank +trained +weights +adapters +gradients +optimizer +activations +workspace +total +fits +largest rank +batch +sequence +would fit with$/,
    );
    // The pruned base of LoRAM fits, and LoRA's whole one does not: 4 × 8,030,261,248 bytes are 30,633 MiB.
    expect(lines[0]).toMatch(/^loram .* yes /);
    expect(lines[1]).toMatch(/^lora +8 +3\.41 M +30633\.0 .* no .* (checkpointing block|.*dtype nf4)$/);
    expect(err).toContain('\nmuscle needs the model before the update');
  });

  test('holds rows to what a process of the engine can hold, and says so', async () => {
    const lora = ['llama-8b', '--method', 'lora', '--dtype', 'nf4'];
    const { out } = await run(...lora, '--budget', '64GiB');
    expect(out).toMatch(/^lora .* no /m);
    const most =
      'A process of engine wasm can hold 3840.0 MiB under any budget: see --engine tensorflow for larger ones.';
    expect(out.split('\n')).toContain(most);
    expect((await run(...lora)).out.split('\n')).toContain(most);
    expect((await json(...lora)).mostBytes).toBe(3840 * 2 ** 20);
    const other = await json(...lora, '--budget', '64GiB', '--engine', 'tensorflow');
    expect(other).toMatchObject({ mostBytes: null, rows: [{ fits: true }] });
  });

  test('estimates every method that fine-tunes where none is named', async () => {
    const { rows, refused } = await json(made.llama);
    const named = [...rows, ...refused].map(({ method }) => method);
    expect(named).toContain('full-ft');
    expect(named).not.toContain('sltrain');
    expect(refused.map(({ method }) => method)).toContain('bitfit');
    const totals = rows.map(({ memory }) => memory.total);
    expect(totals).toEqual(totals.toSorted((a, b) => a - b));
  });

  test('says of torch what is allocated and reserved, by the type of the base, and that nothing else is', async () => {
    const torch = ['--profile', 'torch', '--method', 'lora', '--batch', '4'];
    const [whole, packed] = await Promise.all([
      json(made.llama, ...torch),
      json(made.llama, ...torch, '--dtype', 'nf4'),
    ]);
    expect([whole.profile, packed.profile]).toEqual(['torch', 'torch']);
    // Two bytes a number; in nf4 tables and norms have four, and all else half a byte, a byte for each 64, 4 for each 16,384, and tables.
    expect(whole.rows[0]?.memory.weights).toBe(2 * parameters);
    const blocks = 32 * (2 * 4096 * 4096 + 2 * 4096 * 1024 + 3 * 4096 * 14336);
    expect(packed.rows[0]?.memory.weights).toBe(
      4 * (parameters - blocks) + blocks * (1 / 2 + 1 / 64 + 4 / 16384) + 32 * 7 * 4 * (16 + 256 + 1),
    );
    // 4 bytes of values, 8 of moments.
    const { trainableParameters, memory } = whole.rows[0]!;
    expect(memory.adapters + memory.optimizer).toBe(12 * trainableParameters);
  });

  test('calls a budget between the bounds of what torch reserves uncertain, and says what fits for certain', async () => {
    const lora = ['--profile', 'torch', '--method', 'lora'];
    const { low, high } = (await json(made.llama, ...lora)).rows[0]!.torch!.intervals.reserved;
    const mib = (bytes: number) => `${bytes / 2 ** 20}MiB`;
    const within = Math.round((low + high) / 2 / 2 ** 20) * 2 ** 20;
    const { out } = await run('llama-8b', ...lora, '--budget', mib(within));
    const gib = (bytes: number) => (bytes / 2 ** 30).toFixed(1);
    expect(out).toContain(` uncertain: between ${gib(low)} and ${gib(high)} GiB `);
    const [row] = (await json(made.llama, ...lora, '--budget', mib(within))).rows;
    expect(row!.fits).toBeNull();
    expect(row!.changes![0]!.total).toBeLessThanOrEqual(within);
  });

  test('predicts pre-training, and says what the engines cannot compute at this size', async () => {
    const { rows } = await json(made.llama, '--method', 'sltrain', '--targets', 'gate');
    expect(rows[0]).toMatchObject({
      method: 'sltrain',
      beyondEngine: expect.stringContaining('a kernel of 58720256 entries'),
    });
  });
});

test('takes targets by the names of peft: all-linear, and layers of a file of the hub', async () => {
  const trained = async (...targets: string[]) => {
    const { rows, ...answer } = await json(made.llama, '--method', 'lora', '--targets', ...targets);
    return { targets: (answer as unknown as { targets: string[] }).targets, trained: rows[0]!.trainableParameters };
  };
  const seven = ['query', 'key', 'value', 'output', 'gate', 'up', 'down'];
  // Rank 8 on 32 blocks: in + out of each.
  const all = 32 * 8 * (2 * (4096 + 4096) + 2 * (4096 + 1024) + 3 * (4096 + 14336));
  expect(await trained('all-linear')).toEqual({ targets: seven, trained: all });
  const two = { targets: ['query', 'value'], trained: 32 * 8 * (4096 + 4096 + 4096 + 1024) };
  expect(await trained('q_proj', 'v_proj')).toEqual(two);
  expect(await trained('query', 'q_proj', 'v_proj')).toEqual(two);
});

test.each(['mixtral', 'qwen3_moe', 'phi3', 'gemma'])(
  'reads config.json of %s itself, or its folder, for the profile torch',
  async (kind) => {
    const vector = new URL('../../../libs/peft/test/vectors/memory/torch_shapes.json', import.meta.url);
    const { configs, saved } = JSON.parse(await readFile(vector, 'utf8')) as {
      configs: Record<string, object>;
      saved: { model: string; parameters: number }[];
    };
    const place = await folder(kind, JSON.stringify(configs[kind]));
    const asked = ['--profile', 'torch', '--method', 'lora'];
    const { rows, refused } = await json(join(place, 'config.json'), ...asked);
    expect(rows[0]!.memory.weights).toBe(2 * saved.find(({ model }) => model === kind)!.parameters);
    expect(await json(place, ...asked)).toMatchObject({ rows, refused });
    const { status, err } = await run(place, '--method', 'lora');
    expect(status).toBe(2);
    expect(err).toContain('is known by its shapes alone, and no engine here trains it');
  },
);

describe('an estimate for a card', () => {
  const qlora = ['--profile', 'torch', '--method', 'lora', '--dtype', 'nf4', '--checkpointing', 'block'];

  test('takes as budget its memory less what driver and context are assumed to take, and needs no file of a published model', async () => {
    const { status, out, err } = await run('meta-llama/Llama-3.1-8B', ...qlora, '--gpu', 'rtx-4090');
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out).toMatch(/^lora .* yes /m);
    expect(out.split('\n').slice(-2)).toEqual([
      'Batch 1, 512 tokens, adapters on query, value, optimizer adamw. Seconds and hours assume that 20 to 50 % of the rate of the card is reached.',
      // 24 GiB, without 2 % and 0.5 GiB.
      'Budget: 23572.5 MiB. Of the 24576.0 MiB of GeForce RTX 4090, driver, CUDA context and libraries are assumed to take 1003.5 MiB. If your card shows another number as free, give that to --budget in the place of --gpu.',
    ]);
    expect(out).not.toContain('The CUDA context comes on top');
    const answer = await json('meta-llama/Llama-3.1-8B-Instruct', ...qlora, '--gpu', 'RTX 4090');
    const [bytes, overhead] = [24 * 2 ** 30, Math.ceil(0.02 * 24 * 2 ** 30 + 2 ** 29)];
    expect(answer).toMatchObject({
      model: { parameters },
      card: { name: 'rtx-4090', bytes, overhead, left: bytes - overhead },
      budget: bytes - overhead,
    });
  });

  test('names the cards that hold a row if none was asked for: the smallest first, or the cheapest by a file', async () => {
    const { rows, cards } = await json(made.llama, ...qlora);
    const left = new Map(cards!.map((card) => [card.name, card.left]));
    const named = rows[0]!.cards!;
    // 9.4 GiB are above what an RTX 3080 has left, and no other card.
    expect(rows[0]!.torch!.reserved).toBeGreaterThan(left.get('rtx-3080')!);
    expect(named).toEqual([...left.keys()].filter((name) => name !== 'rtx-3080'));
    expect(named.map((name) => left.get(name))).toEqual(named.map((name) => left.get(name)!).toSorted((a, b) => a - b));
    const prices = join(made.models, 'prices.json');
    await writeFile(prices, JSON.stringify({ h100: 2, l4: 0.5, 'rtx-3080': 0.1 }));
    const priced = (await json(made.llama, ...qlora, '--prices', prices)).rows[0]!.cards!;
    expect(priced.slice(0, 4)).toEqual(['l4', 'h100', 't4', 'v100-16']);
    const { out } = await run(made.llama, ...qlora);
    expect(out).toMatch(/ cards that hold it\n.* t4, v100-16, rtx-a4000, a10g, and 15 more\n/);
  });

  test.each([
    [['--gpu', '4090'], /^Unknown card '4090' \(did you mean rtx-4090\?\): use one of rtx-3080, t4, /],
    [['--gpu', 'a100'], /^Unknown card 'a100' \(did you mean a100-40 or a100-80\?\)/],
    [['--gpu', 'l4', '--budget', '24G'], /^l4 has a budget of its own: leave out one of the two/],
    [['--prices', 'absent.json'], /^--prices absent\.json is no file: expected one that holds /],
  ])('refuses %j', async (flags, message) => {
    const { status, err } = await run(made.llama, ...qlora, ...flags);
    expect(err).toMatch(message);
    expect(status).toBe(2);
  });

  test('refuses a card of an engine of this platform, and prices that are not above 0 or of no card', async () => {
    expect((await run(made.llama, '--method', 'lora', '--gpu', 'l4')).err).toMatch(/^a card is of the profile torch/);
    const prices = join(made.models, 'free.json');
    await writeFile(prices, '{"l4": 0}');
    const free = await run(made.llama, ...qlora, '--prices', prices);
    expect(free.err).toMatch(/free\.json: l4: expected what an hour costs, a number above 0, got 0$/);
    await writeFile(prices, '{"l5": 1}');
    expect((await run(made.llama, ...qlora, '--prices', prices)).err).toMatch(
      /free\.json: there is no card l5; there are /,
    );
  });

  test('says the seconds of a step and the hours of an epoch of so many examples', async () => {
    const timed = ['--gpu', 'a100-40', '--batch', '4', '--accumulate', '2', '--gpus', '2', '--examples', '1601'];
    const [row] = (await json(made.llama, ...qlora, ...timed)).rows;
    const { step, epoch } = row!.time!;
    // 16 examples a step are 101 steps.
    expect(epoch!.low).toBeCloseTo((101 * step.low) / 3600, 9);
    expect(epoch!.high).toBeCloseTo((101 * step.high) / 3600, 9);
    // Products of 8 examples of 512 tokens with 7.5 G numbers of kernels, thrice: forward, again, and backward for inputs; twice operations.
    const least = (3 * 2 * 8 * 512 * 7.5e9) / 312e12;
    expect(step.low).toBeGreaterThan(least / 0.5);
    expect(step.low).toBeLessThan(1.15 * (least / 0.5));
  });

  test('proposes four cards by fsdp if one is too small, and these fit when they are asked for', async () => {
    const asked = ['meta-llama/Llama-3.1-70B', ...qlora, '--gpu', 'rtx-4090'];
    const [alone] = (await json(...asked)).rows;
    expect(alone).toMatchObject({ fits: false, changes: [{ gpus: 4, shard: 'fsdp' }] });
    const { gpus, shard, total } = alone!.changes![0]!;
    const [together] = (await json(...asked, '--gpus', String(gpus), '--shard', shard!)).rows;
    expect(together).toMatchObject({ fits: true, torch: { intervals: { reserved: { high: total } } } });
    const fewer = (await json(...asked, '--gpus', '2', '--shard', 'fsdp')).rows[0];
    expect(fewer).toMatchObject({ fits: false });
    const { out } = await run(...asked, '--gpus', '4', '--shard', 'fsdp');
    expect(out).toContain(' Each of 4 cards holds this by fsdp; buffers of NCCL come on top, and its time.');
  });

  test('reads a budget of 24G as 24 GiB', async () => {
    expect((await run(made.llama, ...qlora, '--budget', '24G')).out).toContain('\nBudget: 24576.0 MiB.');
    expect((await json(made.llama, ...qlora, '--budget', '24GB')).budget).toBe(24e9);
  });
});

test('knows shapes of published models by their ids, with the parameters that transformers makes of them', async () => {
  const vector = new URL('../../../libs/peft/test/vectors/memory/published_models.json', import.meta.url);
  const expected = JSON.parse(await readFile(vector, 'utf8')) as Record<string, number>;
  const ours = publishedModels.map((id) => [
    id,
    baseParameters(readShapes(publishedConfig(id))).reduce(
      (sum, { shape }) => sum + shape.reduce((size, each) => size * each, 1),
      0,
    ),
  ]);
  expect(Object.fromEntries(ours)).toEqual(expected);
});

test('takes a shape of its own with the tokens that it knows, at its own length where that is short', async () => {
  const { rows, sequence } = await json('nano', '--vocabulary', '1000', '--method', 'lora');
  expect(sequence).toBe(64);
  // Two layers of width 64, rank 8, on queries and values.
  expect(rows[0]?.trainableParameters).toBe(2 * 2 * 8 * (64 + 64));
});

describe('an id of a hub', () => {
  const config = JSON.stringify(llama8b);
  const fromHub = (hub: string, env: NodeJS.ProcessEnv = {}, ...args: string[]) =>
    rankforge(['estimate', hubModel, '--method', 'lora', '--json', ...args], {
      RANKFORGE_MODELS_DIR: made.models,
      RANKFORGE_HOME: join(made.models, 'home'),
      HF_ENDPOINT: hub,
      ...env,
    });

  test('reads config.json alone, keeps it, and uses the copy where the hub is away or off, and says so', async () => {
    const hub = await startHub({ 'config.json': Buffer.from(config), 'model.safetensors': Buffer.alloc(2000) });
    const first = await fromHub(hub.url);
    expect(first).toMatchObject({ status: 0, err: '' });
    const { source, model, rows } = JSON.parse(first.out) as Answer & { source: string; model: { parameters: number } };
    expect({ source, parameters: model.parameters }).toEqual({ source: hubModel, parameters });
    expect(rows[0]?.method).toBe('lora');
    expect({ asked: hub.requests, files: hub.downloads.map(({ path }) => path) }).toEqual({
      asked: 1,
      files: ['config.json'],
    });

    hub.down = true;
    const copied = /; the copy of \d{4}-\d\d-\d\dT[\d:.]+Z is used$/;
    const ill = await fromHub(hub.url);
    expect(ill).toMatchObject({ status: 0, out: first.out });
    expect(ill.err).toMatch(/^no usable answer from \S+ for someone\/some-model config\.json \(status 503\)/);
    expect(ill.err).toMatch(copied);

    const { url } = hub;
    await hub.close();
    const away = await fromHub(url);
    expect(away).toMatchObject({ status: 0, out: first.out });
    expect(away.err).toMatch(/\(ECONNREFUSED\); the copy of /);
    const off = await fromHub(url, { RANKFORGE_HUB: 'off' });
    expect(off).toMatchObject({ status: 0, out: first.out });
    expect(off.err).toMatch(/^the hub is switched off \(RANKFORGE_HUB=off\).*; the copy of /);
    // A revision that was never read has no copy.
    const other = await fromHub(url, {}, '--revision', 'v2');
    expect(other).toMatchObject({ status: 4, out: '' });
    expect(other.err).not.toContain('copy');
  });

  test('needs the token of a gated model', async () => {
    const hub = await startHub({ 'config.json': Buffer.from(config) });
    hub.token = 'hf_secret';
    const refused = await fromHub(hub.url, { RANKFORGE_HOME: join(made.models, 'gated') });
    expect(refused).toMatchObject({ status: 3, out: '' });
    expect(refused.err).toMatch(/refuses someone\/some-model \(401\); it does not exist, is private, or is gated/);
    const wrong = await fromHub(hub.url, { RANKFORGE_HOME: join(made.models, 'gated'), HF_TOKEN: 'hf_other' });
    expect(wrong.err).toMatch(/\(401\); HF_TOKEN may not read it: ask for access on its page/);
    expect(await fromHub(hub.url, { HF_TOKEN: 'hf_secret' })).toMatchObject({ status: 0, err: '' });
    await hub.close();
  });

  test.each([
    [
      'is not there',
      {},
      /^someone\/some-model has no config\.json on \S+: it is no model in the format of Hugging Face$/,
    ],
    ['is not JSON', { 'config.json': '{"model_type": ' }, /^someone\/some-model: config\.json of the hub is not JSON$/],
    ['is too large', { 'config.json': ' '.repeat(2 ** 20 + 1) }, /config\.json is longer than 1048576 bytes/],
    [
      'is of an unknown architecture',
      { 'config.json': '{"model_type": "mamba"}' },
      /^someone\/some-model: config\.json: model_type: "mamba" is not supported; expected one of gpt2/,
    ],
  ])('refuses a config.json that %s', async (_, files, message) => {
    const hub = await startHub(
      Object.fromEntries(Object.entries(files).map(([name, text]) => [name, Buffer.from(text as string)])),
    );
    const home = join(made.models, 'refused');
    const ran = await fromHub(hub.url, { RANKFORGE_HOME: home });
    await hub.close();
    expect(ran.err).toMatch(message);
    expect(ran).toMatchObject({ status: 3, out: '' });
  });

  test('keeps nothing of an answer that is no JSON', async () => {
    const kept = await readdir(join(made.models, 'refused', 'cache'), { recursive: true });
    // The configuration of the unknown architecture alone: another version may know it.
    expect(kept.filter((name) => name.includes('config.json'))).toHaveLength(1);
  });

  test('names the hub where it has no such model, and says that a name is no id', async () => {
    const hub = await startHub({});
    const absent = await rankforge(['estimate', 'someone/else'], { HF_ENDPOINT: hub.url, RANKFORGE_HOME: made.models });
    await hub.close();
    expect(absent.err).toMatch(
      /^\S+ has no model someone\/else, or not this revision of it \(404\) \(there is no folder someone\/else here either\)$/,
    );
    expect(absent.status).toBe(3);
  });
});

describe('wrong input ends with one line and without a stack trace', () => {
  test.each([
    [['--method', 'lorra'], "Unknown method 'lorra' (did you mean lora?): use one of full-ft, "],
    [['--optimizer', 'adam'], "Unknown optimizer 'adam' (did you mean adamw or badam?): use one of adamw, "],
    [['--targets', 'query,head'], '--targets: the model has no layer head; it has query, key, value'],
    [['--budget', '24'], 'expected a size such as 24GiB, in one of MB, GB, TB, MiB, GiB, TiB, M, G, T'],
    [['--budget', '24Gib'], 'expected a size such as 24GiB, in one of MB, GB, TB, MiB, GiB, TiB, M, G, T'],
    [['--batch', '0'], 'expected a whole number from 1 on'],
    [['--attention', 'eager'], '--attention eager is of --profile torch; the engines have whole, chunked'],
    [['--update', '8bit'], '--update is of --profile torch'],
    [
      ['--profile', 'torch', '--compute-dtype', 'bfloat16'],
      '--compute-dtype: bfloat16 is of the engines of this library; torch multiplies in the type of the model, or by autocast',
    ],
    [['--profile', 'torch', '--attention', 'whole'], '--attention: whole is of the engines of this library; torch has'],
    [
      ['--profile', 'torch', '--update', '8bit', '--optimizer', 'sgd'],
      '--update: the update 8bit is of adamw alone, got sgd',
    ],
    [['--dtype', 'int4'], "argument 'int4' is invalid. Allowed choices are float32, bfloat16, float16, int8, nf4."],
    [['--profile', 'torch', '--engine', 'tensorflow'], '--engine tensorflow is of --profile rankforge'],
    [['--revision', 'v2'], '--revision is of a model on a hub, and '],
    [['--vocabulary', '99999'], '--vocabulary is of the shapes nano, micro, small: '],
    [['--sequence', '131073'], '--sequence: the model takes at most 131072 tokens, got 131073'],
  ])('%j is wrong usage', async (args, message) => {
    const { status, err, out } = await run(made.llama, ...args);
    expect(err).toContain(message);
    // Options that cannot be read lead to the help besides.
    expect(err.trim().replace('\n(--help says what there is)', '').split('\n')).toHaveLength(1);
    expect({ status, out }).toEqual({ status: 2, out: '' });
  });

  test.each([
    ['absent', undefined, 2, /absent is not there: expected a folder with config\.json, a base model in /],
    ['nano', undefined, 2, /nano is a shape for any tokenizer: name its tokens by --vocabulary/],
    ['mamba', '{"model_type": "mamba"}', 3, /config\.json: model_type: "mamba" is not supported; expected one of gpt2/],
    [
      'quantized',
      JSON.stringify({ ...llama8b, quantization_config: { quant_method: 'gptq', bits: 4 } }),
      3,
      /config\.json: quantization_config: weights quantized by gptq are not read: name the model that they were quantized from/,
    ],
    ['broken', '{"model_type": ', 3, /broken\/config\.json: not JSON/],
    [
      'tall',
      JSON.stringify({ ...llama8b, num_hidden_layers: 1e9 }),
      3,
      /tall\/config\.json: num_hidden_layers: expected at most 10000, got 1000000000/,
    ],
  ] as const)('%s is refused', async (name, config, status, message) => {
    if (config !== undefined) await folder(name, config);
    const ran = await run(name);
    expect(ran.err).toMatch(message);
    expect(ran.err.trim().split('\n')).toHaveLength(1);
    expect(ran).toMatchObject({ status, out: '' });
  });

  test('a method that cannot be trained alone is refused with its reason', async () => {
    expect(await run(made.llama, '--method', 'bitfit')).toEqual({
      status: 3,
      out: '',
      err: 'bitfit trains nothing on language modelling: choose a classification task or another method',
    });
  });

  test('a model without the layers that carry adapters by default asks for others', async () => {
    const ranker = new URL('../../../models/nano-ranker', import.meta.url).pathname;
    expect(await run(ranker, '--method', 'lora')).toEqual({
      status: 2,
      out: '',
      err: 'the model has no layer query; it has fc_1, fc_2, fc_3. By default query and value carry adapters: name others with --targets',
    });
  });

  test('a method that learns from another model is previewed with a sweep', async () => {
    const { err } = await run(made.llama, '--method', 'muscle');
    expect(err).toBe(
      'muscle needs the model before the update ("teacher" of a sweep, whose preview predicts its memory)',
    );
  });

  test('a reason is said once for all ranks that it holds for, and names options of the command', async () => {
    const { err } = await run(made.llama, '--method', 'dora', 'full-ft', '--rank', '8', '64', '--dtype', 'nf4');
    expect(err.split('\n')).toEqual([
      'dora at rank 8 and 64: computes with kernels, not only with what comes out of them, and nf4 packs them: take float32, or another method (--dtype)',
      'full-ft trains kernels, and nf4 packs them: take float32, or another method (--dtype)',
    ]);
    const computed = await run(made.llama, '--method', 'lora', '--compute-dtype', 'bfloat16');
    expect(computed.err).toMatch(/^lora: bfloat16 is for an engine that multiplies in it, .* \(--compute-dtype\)$/);
  });
});
