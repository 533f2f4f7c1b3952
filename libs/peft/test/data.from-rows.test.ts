import { describe, expect, test } from 'vitest';
import { fromRows, type Rows } from '../src/data/from-rows.js';
import type { ObjectiveName } from '../src/objectives/registry.js';
import { smallModels } from './support/small-models.js';
import { tinyBase } from './support/tiny-model.js';

const model = tinyBase();
/** Each letter of `a` to `m` is a token. */
const tokenizer = { encode: (text: string) => Array.from(text, (letter) => letter.charCodeAt(0) - 97) };
const small = { tokenizer, sequenceLength: 4 };

describe('fromRows', () => {
  test('reads classes by name and numbers them in their order', () => {
    const data = fromRows(model, {
      ...small,
      objective: 'classification',
      train: [
        { text: 'abc', label: 'spam' },
        { text: 'de', label: 'ham' },
      ],
      validation: [{ text: [5, 6, 7, 8, 9], label: 'spam' }],
    });
    expect(data).toMatchObject({ objective: 'classification', classes: 2, labels: ['ham', 'spam'] });
    const { inputs, lengths, targets } = data.train.batch([0, 1]);
    expect([[...inputs], [...lengths], [...targets]]).toEqual([
      [0, 1, 2, 0, 3, 4, 0, 0],
      [3, 2],
      [1, 0],
    ]);
    expect([...data.validation.batch([0]).inputs]).toEqual([5, 6, 7, 8]);
    expect(() => data.test.batch([0])).toThrow('test: no rows of this split were given to fromRows');
  });

  test('orders classes that are numbers by their value', () => {
    const rows = [10, 9, 2].map((label) => ({ text: 'a', label }));
    const data = fromRows(model, { ...small, objective: 'classification', train: rows, validation: rows, test: rows });
    expect(data.labels).toEqual(['2', '9', '10']);
    expect([...data.test.batch([0, 1, 2]).targets]).toEqual([2, 1, 0]);
  });

  test('cuts texts and lists of tokens into windows', () => {
    const rows = [{ text: [1, 2, 3, 4, 5] }, { text: [6, 7, 8, 9] }];
    const data = fromRows(model, { ...small, objective: 'language-modelling', train: rows, validation: rows });
    const { inputs, targets } = data.train.batch([0, 1]);
    expect([...inputs, ...targets]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('counts the loss of an answer on its own tokens', () => {
    const rows = [{ prompt: 'ab', completion: 'cd' }];
    const data = fromRows(model, { ...small, objective: 'instruction-tuning', train: rows, validation: rows });
    expect([...data.train.batch([0]).targets]).toEqual([-1, 2, 3, -1]);
  });

  test('ends an answer with the token that the configuration of the model names', () => {
    const rows = [{ prompt: 'ab', completion: 'c' }];
    const json = {
      model: { type: 'WordPiece', vocab: { '[UNK]': 0, ab: 1, c: 2, '</s>': 3 }, unk_token: '[UNK]' },
      pre_tokenizer: { type: 'BertPreTokenizer' },
      ...{ normalizer: null, post_processor: null, decoder: null },
    };
    const targetsOf = (namedTokens?: Record<string, unknown>) => {
      const own = { config: model.config, tokenizer: json, ...(namedTokens && { namedTokens }) };
      const data = fromRows(own, {
        ...{ sequenceLength: 4, objective: 'instruction-tuning' },
        ...{ train: rows, validation: rows },
      });
      return [...data.train.batch([0]).targets];
    };
    expect(targetsOf({ eos_token_id: [3, 1] })).toEqual([2, 3, -1, -1]);
    expect(targetsOf({ eos_token_id: 1e6 })).toEqual([2, -1, -1, -1]);
    expect(targetsOf()).toEqual([2, -1, -1, -1]);
  });

  test('scales numbers by those of the training rows', () => {
    const train = [
      { text: 'a', value: 2 },
      { text: 'b', value: 6 },
    ];
    const data = fromRows(model, { ...small, objective: 'regression', train, validation: [{ text: 'c', value: 8 }] });
    expect(data.unit).toEqual({ mean: 4, deviation: 2 });
    expect([...data.validation.batch([0]).values!]).toEqual([2]);
    const quantiles = fromRows(model, { ...small, objective: 'regression-quantile', train, validation: train });
    expect([...quantiles.validation.batch([1]).values!]).toEqual([1]);
  });

  test('makes the rows of a query one unit, each read with the query', () => {
    const letters = { encode: (text: string) => tokenizer.encode(text.replace('\n', '')) };
    const train = [
      {
        query: 'a',
        rows: [
          { text: 'b', grade: 0 },
          { text: 'cd', grade: 2 },
        ],
      },
      { query: 'e', rows: [{ text: 'f', grade: 1 }] },
    ];
    const graded = { ...small, tokenizer: letters, objective: 'ranking' as const };
    const data = fromRows(model, { ...graded, train, validation: train });
    const { size, groups, inputs, values } = data.train.batch([1, 0]);
    expect([data.train.size, size, ...groups!, ...values!]).toEqual([2, 3, 1, 2, 1, 0, 2]);
    expect([...inputs]).toEqual([4, 5, 0, 0, 0, 1, 0, 0, 0, 2, 3, 0]);
    expect(() => fromRows(model, { ...graded, train: [{ query: 'a', rows: [] }], validation: train })).toThrow(
      'train, row 0, rows: ',
    );
  });

  const rows = (text: unknown, label: unknown = 1) => [
    { text: 'a', label: 0 },
    { text, label },
  ];
  const of = (fields: object) => ({ ...small, objective: 'classification', ...fields });
  const good = rows('b');
  test.each<[string, object, string]>([
    ['a split without rows', of({ train: [], validation: good }), 'train: expected at least one row, got none'],
    [
      'a text that is a number',
      of({ train: good, validation: rows(7) }),
      'validation, row 1, text: expected a text, or a list of token ids',
    ],
    [
      'a row without a label',
      of({ train: [{ text: 'a' }], validation: good }),
      'train, row 0, label: expected the name of',
    ],
    [
      'a field that is not of a row',
      of({ train: [{ text: 'a', label: 1, labels: 2 }], validation: good }),
      'train, row 0: unknown key "labels"',
    ],
    [
      'a token that the model does not know',
      of({ train: rows([3, 13]), validation: good }),
      'train, row 1, text: the model knows tokens 0 to 12, got 13',
    ],
    [
      'a class that training does not have',
      of({ train: good, validation: rows('b', 'spam') }),
      'validation, row 1, label: "spam" is no class of the training rows ("0", "1"); name all in labels',
    ],
    [
      'rows of one class',
      of({ train: good.slice(1), validation: good }),
      'train: expected rows of at least two classes',
    ],
    [
      'a sequence that is longer than the model reads',
      of({ train: good, validation: good, sequenceLength: 17 }),
      'sequenceLength: expected a whole number from 1 to 16, which the model reads, got 17',
    ],
    [
      'texts too short for a window',
      { ...small, objective: 'language-modelling', train: [{ text: 'abcde' }], validation: [{ text: [1, 2, 3, 4] }] },
      'validation: its texts together hold no 5 tokens; lower sequenceLength',
    ],
    [
      'an objective that a model of texts cannot have',
      { objective: 'image-classification', train: [], validation: [] },
      'image-classification needs a model that reads images; this one reads texts',
    ],
    [
      'an objective that is none',
      { objective: 'guess', train: [], validation: [] },
      'objective: expected one of language-',
    ],
  ])('refuses %s', (_, given, message) => {
    expect(() => fromRows(model, given as Rows<ObjectiveName>)).toThrow(message);
  });

  test('asks for a tokenizer where the model has none and a row is a text', () => {
    const texts = [{ text: 'abcdefgh' }];
    expect(() => fromRows(model, { objective: 'language-modelling', train: texts, validation: texts })).toThrow(
      '"abcdefgh\\n\\n" is a text, and the model has no tokenizer: pass tokenizer, or give token ids',
    );
  });

  const reading = (architecture: string) => {
    const { model: config } = smallModels.find(({ model }) => model.architecture === architecture)!;
    return { config, tokenizer: null };
  };

  test('reads fields and whether something happened', () => {
    const clicks = reading('embedding-mlp');
    const train = [
      { fields: [5999, 1, 2, 3], event: true },
      { fields: [4, 599, 6, 7], event: false },
    ];
    const data = fromRows(clicks, { objective: 'binary-classification', train, validation: train });
    const { fields, targets } = data.train.batch([1, 0]);
    expect([[...fields!], [...targets]]).toEqual([
      [4, 599, 6, 7, 5999, 1, 2, 3],
      [0, 1],
    ]);
    const of = (fields: number[]) => () =>
      fromRows(clicks, { objective: 'binary-classification', train, validation: [{ fields, event: true }] });
    expect(of([1, 2, 3])).toThrow('validation, row 0, fields: expected 4 fields, got 3');
    expect(of([1, 600, 2, 3])).toThrow('validation, row 0, fields: field 1 has ids 0 to 599, got 600');
  });

  test('reads samples of images and their classes', () => {
    const image = (sample: number, label: string) => ({ pixels: new Uint8Array(784).fill(sample), label });
    const train = [image(0, 'dark'), image(255, 'bright')];
    const data = fromRows(reading('vit'), { objective: 'image-classification', train, validation: train });
    const { pixels, targets } = data.train.batch([1, 0]);
    expect([pixels![0], pixels![784], ...targets]).toEqual([1, 0, 0, 1]);
    const few = [{ pixels: new Uint8Array(9), label: 'dark' }];
    expect(() => fromRows(reading('vit'), { objective: 'image-classification', train, validation: few })).toThrow(
      'validation, row 0, pixels: expected 28 × 28 × 1 = 784 samples, got 9',
    );
  });
});
