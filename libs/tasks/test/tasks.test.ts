import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Tokenizer } from '@huggingface/tokenizers';
import { byField, type FederateInput, federate, findStrategy } from '@rankforge/federated';
import { findMethod, findOptimizer, loadBase, openEngine, type Split, type TaskData } from '@rankforge/peft';
import { beforeAll, describe, expect, it } from 'vitest';
import { casesOf } from '../../../test/support/full.js';
import { findTask, type Task, tasks } from '../src/index.js';
import { decode, encode, examplesOf, imagesOf, passagesOf, promptsOf } from './support/bytes.js';
import { closestPair } from './support/overlap.js';

const NEAR_DUPLICATE = 0.5;
const splitNames = ['train', 'validation', 'test'] as const;

/**
 * Sizes and content with a byte encoder, as prepared by each task's present preprocessing version. When one of these
 * changes, the prepared data has changed: raise the task's `preprocessing` so that its data hash changes with it.
 */
const prepared: Record<string, { sequenceLength: number; sizes: number[]; sha256: string }> = {
  clicks: {
    sequenceLength: 1,
    sizes: [100000, 5000, 5000],
    sha256: '4b86241e380b10cc8bb1bf01d6a6fa80a1be630ce7ac25827c106e58759c8c69',
  },
  'fictitious-offers': {
    sequenceLength: 128,
    sizes: [1313, 50, 137],
    sha256: '2c26ce421ba033c35b13e61c947902fd839c3815cac9242e35acc04b153658d0',
  },
  'mnist-0-4': {
    sequenceLength: 1,
    sizes: [3903, 503, 725],
    sha256: '704947668fc5377f2c200ea9f3205c6fa5c5349b4264c1d5256c320777cacc28',
  },
  'mnist-5-9': {
    sequenceLength: 1,
    sizes: [3661, 477, 731],
    sha256: '754ba238c6eb2e27c357036f83450fa16b5f83321df235b8f4701eeb24388dac',
  },
  'moby-dick': {
    sequenceLength: 64,
    sizes: [17055, 869, 997],
    sha256: 'c4af788fd4805a59b600abebcc617412e05a3cd023c2f4a729618e7e62e1de3a',
  },
  'moby-dick-names': {
    sequenceLength: 256,
    sizes: [119, 57, 138],
    sha256: '43d4abd896f477ef7d0a797eeb2e123c3d26a39529dac8495d037aee353eab36',
  },
  'moby-dick-retrieval': {
    sequenceLength: 400,
    sizes: [1020, 141, 293],
    sha256: 'e6f3bfeda43ca7ebf3e64c88f2b600ce64753f4dbaa0a32d5651f2a6367b0cb1',
  },
  'moby-dick-search': {
    sequenceLength: 400,
    sizes: [1020, 141, 293],
    sha256: '93f79be82fb1fb16c6858f2b27c7fcf44ef46bba04a2c2e5b59bb59b49e863fd',
  },
  'news-headlines': {
    sequenceLength: 400,
    sizes: [82, 44, 96],
    sha256: '0b9e6f6807f46130aca60d08f8f93dea950382745a8d3a71f3db3bb006801f0c',
  },
  pronunciation: {
    sequenceLength: 128,
    sizes: [115584, 303, 619],
    sha256: 'e4f8eadb568f092cce9081d97905696d95a3caf3f6e8e0d8fa3da68adcdc504e',
  },
  'spam-assassin': {
    sequenceLength: 4000,
    sizes: [4917, 527, 601],
    sha256: '1a3f089d3ef6bfca45bdb711ebc3d70b3469fb09a76b4cc17b85ceef3a1b4366',
  },
  'state-of-the-union': {
    sequenceLength: 64,
    sizes: [164687, 1904, 1702],
    sha256: '83dd1535ca1180cae9d7442ae978c337c4edba2c27fb77f4b0733bae710840a1',
  },
};

const loaded = new Map<string, Promise<TaskData>>();

/** Each task's data with the byte encoder, loaded once for the whole file. */
function dataOf(name: string): Promise<TaskData> {
  const data =
    loaded.get(name) ?? findTask(name)!.load({ encode, decode, sequenceLength: prepared[name]!.sequenceLength });
  loaded.set(name, data);
  return data;
}

function digest(data: TaskData): string {
  const hash = createHash('sha256');
  for (const name of splitNames) {
    const batch = data[name].batch(Array.from({ length: data[name].size }, (_, i) => i));
    for (const values of [batch.inputs, batch.targets, batch.lengths]) hash.update(values);
    if (batch.pixels) hash.update(batch.pixels);
    if (batch.fields) hash.update(batch.fields);
    if (batch.values) hash.update(batch.values);
    if (batch.groups) hash.update(batch.groups);
    const { size, questions } = data[name];
    for (let index = 0; questions && index < size; index++) {
      hash.update(JSON.stringify(questions.right(index)));
      if (questions.grounded) hash.update(JSON.stringify(questions.grounded(index)));
    }
  }
  for (const document of data.documents ?? []) hash.update(document);
  return hash.digest('hex');
}

/** Gives the text that is asked or read, without the answer. */
const texts: Partial<Record<TaskData['objective'], (split: Split) => string[]>> = {
  'language-modelling': passagesOf,
  'question-answering': (split) => promptsOf(split).map(({ prompt }) => prompt),
  'grounded-answers': (split) =>
    Array.from({ length: split.size }, (_, unit) => split.questions!.grounded!(unit).question),
  'catalogue-answers': (split) => Array.from({ length: split.size }, (_, unit) => split.questions!.text!(unit)!),
  summarization: (split) => Array.from({ length: split.size }, (_, unit) => split.questions!.text!(unit)!),
  classification: (split) => examplesOf(split).map(({ text }) => text),
  ranking: (split) => split.queries!.map(({ query, rows }) => `${query} ${rows[0]}`),
  retrieval: (split) =>
    split.queries!.map(({ query, rows }, unit) => `${query} ${rows[split.searches!.relevant(unit)[0]!.document]}`),
  'image-classification': (split) => imagesOf(split).map(({ name }) => name),
};
const textsOf = (task: Task, split: Split) => texts[task.objective]!(split);

it('has data on record for each task', () => {
  expect(Object.keys(prepared).sort()).toEqual(tasks.map((task) => task.name).sort());
});

it('names a version of the data that changed after trials on it were kept', () => {
  const versions = tasks.flatMap(({ name, dataVersion }) => (dataVersion === undefined ? [] : [[name, dataVersion]]));
  expect(Object.fromEntries(versions)).toEqual({
    'spam-assassin': 2,
    // Prompts are encoded with their answers as one text.
    pronunciation: 3,
    'moby-dick-names': 2,
    'fictitious-offers': 2,
    'news-headlines': 2,
  });
});

describe.each(tasks)('$name', (task) => {
  const expected = prepared[task.name]!;
  let data: TaskData;
  beforeAll(async () => {
    data = await dataOf(task.name);
  });

  it('is found by its name, ranks by one of its metrics and hashes apart from the others', () => {
    expect(findTask(task.name)).toBe(task);
    expect(task.metrics).toContainEqual(task.primaryMetric);
    expect(task.dataHash).toMatch(/^[0-9a-f]{64}$/);
    expect(tasks.filter((other) => other.dataHash === task.dataHash)).toEqual([task]);
  });

  it('names the installed version of its source, or the seed of what is generated', () => {
    const { package: name, version } = task.source;
    if (name === 'generated') {
      expect(version).toMatch(/^\d+ \(seed \d+\)$/);
      return;
    }
    const path = new URL(`../../../node_modules/${name}/package.json`, import.meta.url);
    expect(version).toBe(JSON.parse(readFileSync(path, 'utf8')).version);
  });

  it('has the prepared data on record, example for example', () => {
    expect(data.objective).toBe(task.objective);
    expect(splitNames.map((name) => data[name].size)).toEqual(expected.sizes);
    expect(digest(data)).toBe(expected.sha256);
  });

  it('shows an example for each unit of the test split, with its answer, where units are examples', async () => {
    const shown: Record<string, string>[] = [];
    for await (const example of task.testExamples?.() ?? []) shown.push(example);
    const { test, labels } = data;
    const isShown = !['language-modelling', 'binary-classification'].includes(task.objective);
    expect(shown).toHaveLength(isShown ? test.size : 0);
    const units = shown.map((_, unit) => unit);
    if (labels && isShown) {
      expect(task.classes).toEqual(labels);
      expect(shown.map(({ label }) => label)).toEqual(Array.from(test.batch(units).targets, (id) => labels[id]));
    }
    if (test.questions) {
      const answers = units.map((unit) => test.questions!.right(unit).join(' | '));
      expect(shown.map((example) => example.answers)).toEqual(answers);
    }
    if (test.queries) expect(shown.map(({ query }) => query)).toEqual(test.queries.map(({ query }) => query));
  });

  const read = new Map<string, string[]>();
  const texts = (name: (typeof splitNames)[number]) => {
    if (!read.has(name)) read.set(name, textsOf(task, data[name]));
    return read.get(name)!;
  };
  // Drawn examples are equal by chance alone, and stored ones are those on record.
  const sides = [
    ['validation', 'train'],
    ['test', 'train'],
    ['test', 'validation'],
  ] as const;
  it.each(task.fields ? [] : casesOf(`near-duplicates between splits of ${task.name}`, sides, []))(
    'has no near-duplicate between %s and %s',
    (left, right) => {
      const closest = closestPair(texts(left), texts(right));
      expect(closest.similarity, JSON.stringify(closest)).toBeLessThan(NEAR_DUPLICATE);
    },
  );

  it('refuses a sequence length that is no length and an index that is no example', async () => {
    await expect(task.load({ encode, sequenceLength: 0 })).rejects.toThrow(
      `task ${task.name}: expected sequenceLength to be a positive integer, got 0`,
    );
    expect(() => data.test.batch([data.test.size])).toThrow(
      `batch: expected indices from 0 to ${data.test.size - 1}, got ${data.test.size}`,
    );
  });
});

describe('moby-dick', () => {
  it('cuts full windows whose targets are the next tokens, with the tokenizer of the demo base', async () => {
    const path = new URL('../../../models/nano-sotu/tokenizer.json', import.meta.url);
    const tokenizer = new Tokenizer(JSON.parse(readFileSync(path, 'utf8')), {});
    const data = await findTask('moby-dick')!.load({
      encode: (text) => tokenizer.encode(text, { add_special_tokens: false }).ids,
      sequenceLength: 16,
    });
    const { inputs, targets, lengths } = data.validation.batch([0, 1]);
    expect([...targets.subarray(0, 31)]).toEqual([...inputs.subarray(1, 32)]);
    expect([...lengths]).toEqual([16, 16]);
    expect(tokenizer.decode([...inputs])).toMatch(/^\S/);
  });

  it('says that a sequence is longer than a split', async () => {
    await expect(findTask('moby-dick')!.load({ encode, sequenceLength: 1_000_000 })).rejects.toThrow(
      'task moby-dick: sequenceLength 1000000 leaves no validation example; shorten it',
    );
  });
});

describe('spam-assassin', () => {
  it('shows nothing that filters, lists or the collection left in the text', async () => {
    const data = await dataOf('spam-assassin');
    const examples = splitNames.flatMap((name) => examplesOf(data[name]));
    const traces =
      /^[>\s]*(?:SPAM:|X-Spam)|\*{3,} ?SPAM|\[SPAM\]|listinfo|ilug@linux\.ie|@\S*(?:taint\.org|netnoteinc\.com)/im;
    expect(examples.filter(({ text }) => traces.test(text)).map(({ text }) => text)).toEqual([]);
    expect(new Set(examples.map(({ label }) => label))).toEqual(new Set([0, 1]));
  });

  it('pads at the end and says how long each text is', async () => {
    const { test } = await dataOf('spam-assassin');
    const { inputs, lengths, sequence } = test.batch([0]);
    expect(lengths[0]).toBeGreaterThan(0);
    expect(inputs.subarray(0, lengths[0]).includes(0)).toBe(false);
    expect(inputs.subarray(lengths[0]).every((token) => token === 0)).toBe(true);
    expect(inputs).toHaveLength(sequence);
  });

  it('cuts a text at the sequence length', async () => {
    const short = await findTask('spam-assassin')!.load({ encode, sequenceLength: 8 });
    const full = await dataOf('spam-assassin');
    expect([...short.test.batch([0]).inputs]).toEqual([...full.test.batch([0]).inputs.subarray(0, 8)]);
  });
});

/** The first tokens of each text, so that a small model can read it. */
function begun(split: Split, tokens = 16): Split {
  return {
    ...split,
    batch(indices) {
      const batch = split.batch(indices);
      const rows = indices.map((_, row) => batch.inputs.subarray(row * batch.sequence, row * batch.sequence + tokens));
      const inputs = Int32Array.from(rows.flatMap((row) => [...row]));
      return { ...batch, sequence: tokens, inputs, lengths: batch.lengths.map((length) => Math.min(length, tokens)) };
    },
  };
}

describe('a federation of the five groups of spam-assassin', () => {
  it('trains in rounds, and goes on to the same bits after it was killed between two', async () => {
    const whole = await dataOf('spam-assassin');
    const { group } = whole.train.fields!;
    const sizes = [...byField(group!)].map(([name, indices]) => [name, indices.length] as const);
    expect(sizes.map(([name]) => name)).toEqual(['easy-ham-1', 'easy-ham-2', 'hard-ham-1', 'spam-1', 'spam-2']);
    expect(sizes.reduce((sum, [, size]) => sum + size, 0)).toBe(whole.train.size);
    const few = Array.from({ length: 24 }, (_, index) => index * 20);
    const data = {
      ...whole,
      train: begun(whole.train),
      validation: {
        size: few.length,
        batch: (own: readonly number[]) => begun(whole.validation).batch(own.map((at) => few[at]!)),
      },
    };
    const engine = await openEngine('wasm');
    const model = await loadBase(fileURLToPath(new URL('../../../models/nano-sotu', import.meta.url)));
    const { build, config } = findOptimizer('adamw');
    const checkpoints: Uint8Array[] = [];
    const run = (name: string, more: Partial<FederateInput> = {}) =>
      federate({
        engine,
        model,
        method: findMethod('lora'),
        config: { rank: 4 },
        optimizer: build(config.parse({})),
        data,
        clients: byField(group!),
        strategy: findStrategy(name),
        federation: { rounds: 2, localSteps: 1, checkpointEvery: 1, evalEvery: 1 },
        options: { learningRate: 3e-3, batchSize: 2, schedule: 'constant' },
        onEvent: (event) => void (event.type === 'checkpoint' && checkpoints.push(event.bytes)),
        ...more,
      });
    const result = await run('fedavg');
    expect(result.history.map(({ participants }) => participants)).toEqual([
      [...byField(group!).keys()],
      [...byField(group!).keys()],
    ]);
    expect(result.history[0]!.aggregationError).toBeGreaterThan(0);
    expect(result.history.every(({ metrics }) => metrics!.accuracy! >= 0)).toBe(true);
    const resumed = await run('fedavg', { resume: checkpoints[0]! });
    expect(resumed.adapter).toEqual(result.adapter);
    expect(resumed.history).toEqual(result.history);
    const pooled = await run('pooled');
    expect(pooled.validation!.loss).not.toBe(result.validation!.loss);
    model.dispose();
  });
});

describe('mnist', () => {
  it('shows strokes of ink on black, near the middle, for every class', async () => {
    const images = imagesOf((await dataOf('mnist-5-9')).test);
    expect(new Set(images.map(({ label }) => label))).toEqual(new Set([0, 1, 2, 3, 4]));
    for (const { pixels } of images) {
      expect(pixels).toHaveLength(28 * 28);
      const ink = (indices: readonly number[]) => indices.reduce((sum, index) => sum + pixels[index]!, 0);
      const all = Array.from(pixels.keys());
      // The makers put each digit into the middle 20 × 20 and centred its mass.
      const edge = all.filter((index) => index % 28 < 2 || index % 28 > 25 || index < 56 || index >= 26 * 28);
      expect(ink(edge)).toBeLessThan(0.15 * ink(all));
      expect(Math.max(...pixels)).toBeGreaterThan(0.9);
      expect(Math.min(...pixels)).toBe(0);
    }
  });
});

describe('pronunciation', () => {
  it('asks for each word once, learns its first answer, and keeps the forms of a word together', async () => {
    const data = await dataOf('pronunciation');
    const prompts = new Map(
      splitNames.flatMap((name) =>
        promptsOf(data[name]).map(({ prompt, completion }, index) => [prompt, { name, completion, index }] as const),
      ),
    );
    expect(prompts.get('How is whale said?\n')?.completion).toBe('W EY L\n');
    expect(prompts.size).toBe(splitNames.reduce((sum, name) => sum + data[name].size, 0));
    const { name, index, completion } = prompts.get('How is tomato said?\n')!;
    expect(data[name].questions!.right(index)).toEqual(['T AH M EY T OW', 'T AH M AA T OW']);
    expect(completion).toBe('T AH M EY T OW\n');
    expect(decode(data[name].questions!.prompt(index))).toBe('How is tomato said?\n');
    const sideOf = (word: string) => prompts.get(`How is ${word} said?\n`)?.name;
    expect(new Set(['abandon', 'abandoned', 'abandoning', 'abandons'].map(sideOf)).size).toBe(1);
  });
});
