import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Tokenizer } from '@huggingface/tokenizers';
import { evaluate, findMethod, type LoadedBase, loadBase, openEngine, type Split } from '@rankforge/peft';
import { beforeAll, describe, expect, it } from 'vitest';
import { onlyInFull } from '../../../test/support/full.js';
import { findTask, openHeldBack } from '../src/index.js';
import { tokensOf } from './support/text-base.js';

const folder = fileURLToPath(new URL('../../../models/nano-sotu', import.meta.url));

interface Provenance {
  parameters: number;
  weights: { sha256: string; bytes: number };
  tokenizer: { sha256: string };
  heldBack: { sha256: string };
  data: { dataHash: string; examples: Record<string, number> };
  loss: { test: number };
  perplexity: { test: number; validation: number; unigram: { test: number; validation: number } };
}

/** The targets of a split: comparing them element by element takes seconds. */
const bytesOf = (split: Split) =>
  Buffer.from(Int32Array.from(split.batch(Array.from({ length: split.size }, (_, i) => i)).targets).buffer);

const sha256 = async (file: string) =>
  createHash('sha256')
    .update(await readFile(join(folder, file)))
    .digest('hex');

describe('models/nano-sotu', () => {
  let provenance: Provenance;
  let base: LoadedBase;
  beforeAll(async () => {
    provenance = JSON.parse(await readFile(join(folder, 'provenance.json'), 'utf8'));
    base = await loadBase(folder);
  });

  it('is the files its provenance names, under 3 MB', async () => {
    expect(await sha256('model.safetensors')).toBe(provenance.weights.sha256);
    expect(await sha256('tokenizer.json')).toBe(provenance.tokenizer.sha256);
    expect(await sha256('held-back.jsonl')).toBe(provenance.heldBack.sha256);
    expect((await stat(join(folder, 'model.safetensors'))).size).toBe(provenance.weights.bytes);
    expect(provenance.weights.bytes).toBeLessThan(3e6);
  });

  it('has a tokenizer of the size of its vocabulary that gives any text back', () => {
    const tokenizer = new Tokenizer(base.tokenizer as object, {});
    expect(tokenizer.get_vocab().size).toBe(tokensOf(base).vocabularySize);
    const text = 'Fellow-citizens — £5 for naïve whales! 鯨\n\n';
    expect(tokenizer.decode([...tokenizer.encode(text, { add_special_tokens: false }).ids])).toBe(text);
  });

  const load = () => {
    const task = findTask('state-of-the-union')!;
    const tokenizer = new Tokenizer(base.tokenizer as object, {});
    const options = {
      encode: (text: string) => tokenizer.encode(text, { add_special_tokens: false }).ids,
      sequenceLength: tokensOf(base).contextLength,
    };
    return { task, options };
  };

  it('holds the split of the present data', async () => {
    const { task } = load();
    expect(task.dataHash).toBe(provenance.data.dataHash);
    // By bytes: which texts are held back depends on no tokenizer, and its own takes half a minute.
    const bytes = { encode: (text: string) => new TextEncoder().encode(text), sequenceLength: 64 };
    const data = await task.load(bytes);
    const heldBack = await openHeldBack(join(folder, 'held-back.jsonl'), bytes, 100_000);
    expect(heldBack.title).toBe('State of the Union, test split');
    expect(Buffer.compare(bytesOf(heldBack.data.test), bytesOf(data.test))).toBe(0);
    expect(provenance.perplexity.test).toBeCloseTo(Math.exp(provenance.loss.test), 3);
    expect(provenance.perplexity.test).toBeLessThan(provenance.perplexity.unigram.test / 2);
  });

  // Its weights are those of the provenance, by their digest.
  it.runIf(onlyInFull('sizes of the data of nano-sotu by its tokenizer, and its score on the test split'))(
    'has the sizes and the score of its provenance',
    async () => {
      const { task, options } = load();
      const data = await task.load(options);
      const sizes = { train: data.train.size, validation: data.validation.size, test: data.test.size };
      expect(sizes).toEqual(provenance.data.examples);
      const { tolerance } = await openEngine('wasm');
      const { metrics } = await evaluate({ model: base, method: findMethod('full-ft'), data, split: 'test' });
      expect(Math.abs(metrics.loss / provenance.loss.test - 1)).toBeLessThan(tolerance);
    },
  );
});
