/** @file The tokenizer in a GGUF file as a `tokenizer.json`. Source: llama.cpp's llama-vocab.cpp and the published files. */
import { GgufError, type GgufHeader } from './header.js';
import { type Metadata, metadataOf, tokenKey } from './metadata.js';

/** How text is cut before the merges of byte-level BPE, by the value of `tokenizer.ggml.pre`. */
interface Splitting {
  normalizer?: object;
  /** Applied in order; bytes become letters after the last. */
  steps: object[];
  /** The pattern of GPT-2 cuts what the steps leave. */
  thenGpt2?: true;
  /** A word that is a token is taken whole. */
  ignoreMerges?: true;
  addsBegin?: true;
}

const split = (pattern: string) => ({
  type: 'Split',
  pattern: { Regex: pattern },
  behavior: 'Isolated',
  invert: false,
});
const gpt4Pattern = (digits: string) =>
  `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`;

const splittings: Readonly<Record<string, Splitting>> = {
  'gpt-2': { steps: [], thenGpt2: true },
  smollm: { steps: [{ type: 'Digits', individual_digits: true }], thenGpt2: true },
  'llama-bpe': { steps: [split(gpt4Pattern('\\p{N}{1,3}'))], ignoreMerges: true, addsBegin: true },
  qwen2: { normalizer: { type: 'NFC' }, steps: [split(gpt4Pattern('\\p{N}'))] },
};

/** The key that says the kind of each token. */
export const TOKEN_TYPES = 'tokenizer.ggml.token_type';
/** Kinds of tokens, as it says. */
const kind = { normal: 1, control: 3, userDefined: 4, unused: 5 };
/** Kinds that SentencePiece makes of pairs and makes pairs of; the others stand for themselves. */
const joinable: readonly number[] = [kind.normal, kind.userDefined, kind.unused];

/**
 * The `tokenizer.json` of a GGUF file.
 *
 * @throws GgufError naming the key that is missing or not supported, or a token that is too long to be cut
 */
export function tokenizerJson(header: GgufHeader): Record<string, unknown> {
  const keys = metadataOf(header);
  const tokens = keys.texts('tokenizer.ggml.tokens');
  const vocabulary = Object.fromEntries(tokens.map((token, id) => [token, id]));
  if (Object.keys(vocabulary).length !== tokens.length) {
    throw new GgufError(header.file, 'key tokenizer.ggml.tokens: a token is there twice');
  }
  const vocab: Vocabulary = { file: header.file, keys, tokens, vocabulary };
  const model = keys.text('tokenizer.ggml.model');
  const make = { gpt2: bytePairs, llama: sentencePiece }[model];
  if (make === undefined) {
    throw new GgufError(
      header.file,
      `key tokenizer.ggml.model: ${JSON.stringify(model)} is not supported; expected gpt2 or llama`,
    );
  }
  return { version: '1.0', truncation: null, padding: null, added_tokens: addedTokens(vocab), ...make(vocab) };
}

/** Fields of `tokenizer_config.json` that name tokens, by what the metadata calls them. */
const namedTokens = { bos: 'bos_token', eos: 'eos_token', unknown: 'unk_token', padding: 'pad_token' };

/**
 * The `tokenizer_config.json` of a GGUF file: the tokens that have a part to play, and how a conversation is laid out, where the file
 * says. A name for a token that the vocabulary lacks is left out.
 *
 * @throws GgufError naming the key that is wrong
 */
export function tokenizerConfig(header: GgufHeader): Record<string, unknown> {
  const keys = metadataOf(header);
  const tokens = keys.texts('tokenizer.ggml.tokens');
  const tokenOf = (name: string) => (keys.has(tokenKey(name)) ? tokens[keys.whole(tokenKey(name))] : undefined);
  const named = Object.entries(namedTokens).map(([name, field]) => [field, tokenOf(name)] as const);
  return {
    tokenizer_class: 'PreTrainedTokenizerFast',
    clean_up_tokenization_spaces: false,
    model_max_length: keys.count(`${keys.text('general.architecture')}.context_length`),
    ...Object.fromEntries(named.filter(([, token]) => token !== undefined)),
    ...(keys.has(CHAT_TEMPLATE) ? { chat_template: keys.text(CHAT_TEMPLATE) } : {}),
  };
}

const CHAT_TEMPLATE = 'tokenizer.chat_template';

interface Vocabulary {
  file: string;
  keys: Metadata;
  tokens: readonly string[];
  vocabulary: Readonly<Record<string, number>>;
}

const pairModel = {
  type: 'BPE',
  dropout: null,
  unk_token: null,
  continuing_subword_prefix: null,
  end_of_word_suffix: null,
  fuse_unk: false,
  byte_fallback: false,
  ignore_merges: false,
};

/** BPE of bytes, as GPT-2's. */
function bytePairs(vocab: Vocabulary) {
  const { file, keys, vocabulary } = vocab;
  const name = keys.text('tokenizer.ggml.pre');
  const splitting = Object.hasOwn(splittings, name) ? splittings[name]! : undefined;
  if (splitting === undefined) {
    const names = Object.keys(splittings).join(', ');
    throw new GgufError(
      file,
      `key tokenizer.ggml.pre: ${JSON.stringify(name)} is not supported; expected one of ${names}`,
    );
  }
  const bytes = {
    type: 'ByteLevel',
    add_prefix_space: false,
    trim_offsets: true,
    use_regex: splitting.thenGpt2 ?? false,
  };
  const merges = keys.texts('tokenizer.ggml.merges').map((merge) => {
    const pair = merge.split(' ');
    if (pair.length === 2) return pair;
    throw new GgufError(
      file,
      `key tokenizer.ggml.merges: expected two tokens, got ${JSON.stringify(merge.slice(0, 80))}`,
    );
  });
  return {
    normalizer: splitting.normalizer ?? null,
    pre_tokenizer: { type: 'Sequence', pretokenizers: [...splitting.steps, bytes] },
    post_processor: frame(vocab, splitting.addsBegin ?? false),
    decoder: { ...bytes, use_regex: true },
    model: { ...pairModel, ignore_merges: splitting.ignoreMerges ?? false, vocab: vocabulary, merges },
  };
}

/** BPE of SentencePiece, as Llama's: spaces become ▁, and letters that no token has become bytes. */
function sentencePiece(vocab: Vocabulary) {
  const { keys, tokens, vocabulary } = vocab;
  const spaces = { type: 'Replace', pattern: { String: ' ' }, content: '▁' };
  const begins = keys.flag('tokenizer.ggml.add_space_prefix', true);
  return {
    normalizer: begins ? { type: 'Sequence', normalizers: [{ type: 'Prepend', prepend: '▁' }, spaces] } : spaces,
    pre_tokenizer: null,
    post_processor: frame(vocab, true),
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        ...(begins ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 }] : []),
      ],
    },
    model: {
      ...pairModel,
      unk_token: tokens[tokenId(vocab, 'unknown', 0)],
      fuse_unk: true,
      byte_fallback: true,
      vocab: vocabulary,
      merges: mergesOf(vocab),
    },
  };
}

/** Characters of a token that is cut: each of its places costs a look at all of its text. */
const longestToken = 1024;

/**
 * SentencePiece joins the pair whose token has the highest score; BPE joins the pair that comes first. So every pair that makes
 * a token is a merge, in the order of the tokens' scores.
 */
function mergesOf({ file, keys, tokens, vocabulary }: Vocabulary): [string, string][] {
  const scores = keys.numbers('tokenizer.ggml.scores');
  if (scores.length !== tokens.length) {
    throw new GgufError(file, `key tokenizer.ggml.scores: ${scores.length} scores for ${tokens.length} tokens`);
  }
  const long = tokens.findIndex((token) => token.length > longestToken);
  if (long >= 0) {
    const problem = `token ${long} has ${tokens[long]!.length} characters; at most ${longestToken} are read`;
    throw new GgufError(file, `key tokenizer.ggml.tokens: ${problem}`);
  }
  const types = tokenTypes({ file, keys, tokens });
  const isPart = (part: string) => Object.hasOwn(vocabulary, part) && joinable.includes(types[vocabulary[part]!]!);
  return tokens
    .filter((_, id) => joinable.includes(types[id]!))
    .flatMap((token) => {
      const score = scores[vocabulary[token]!]!;
      const pairs: { pair: [string, string]; score: number }[] = [];
      for (let cut = 1; cut < token.length; cut++) {
        const pair: [string, string] = [token.slice(0, cut), token.slice(cut)];
        if (pair.every(isPart)) pairs.push({ pair, score });
      }
      return pairs;
    })
    .toSorted((a, b) => b.score - a.score)
    .map(({ pair }) => pair);
}

function tokenTypes({ file, keys, tokens }: Omit<Vocabulary, 'vocabulary'>): ArrayLike<number> {
  const types = keys.numbers(TOKEN_TYPES);
  if (types.length === tokens.length) return types;
  throw new GgufError(file, `key ${TOKEN_TYPES}: ${types.length} types for ${tokens.length} tokens`);
}

/** Tokens that stand for themselves in any text, as `tokenizer.json` has them. */
export function addedTokens(vocab: Omit<Vocabulary, 'vocabulary'>) {
  const types = tokenTypes(vocab);
  return vocab.tokens.flatMap((content, id) => {
    const isSpecial = types[id] === kind.control;
    if (!isSpecial && types[id] !== kind.userDefined) return [];
    return { id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: isSpecial };
  });
}

/** Special tokens that the model was trained to see around a text. */
function frame(vocab: Vocabulary, addsBegin: boolean) {
  const { keys, tokens } = vocab;
  const begin = keys.flag('tokenizer.ggml.add_bos_token', addsBegin) ? [tokenId(vocab, 'bos', 1)] : [];
  const end = keys.flag('tokenizer.ggml.add_eos_token', false) ? [tokenId(vocab, 'eos', 2)] : [];
  if (begin.length + end.length === 0) return null;
  const special = (ids: number[]) => ids.map((id) => ({ SpecialToken: { id: tokens[id]!, type_id: 0 } }));
  const framed = (name: string) => [...special(begin), { Sequence: { id: name, type_id: 0 } }, ...special(end)];
  return {
    type: 'TemplateProcessing',
    single: framed('A'),
    pair: [...framed('A'), ...framed('B')],
    special_tokens: Object.fromEntries(
      [...begin, ...end].map((id) => [tokens[id]!, { id: tokens[id]!, ids: [id], tokens: [tokens[id]!] }]),
    ),
  };
}

/** An id of a special token, which must be one of the vocabulary. */
function tokenId({ file, keys, tokens }: Vocabulary, name: string, usual: number): number {
  const key = tokenKey(name);
  const id = keys.has(key) ? keys.whole(key) : usual;
  if (id < tokens.length) return id;
  throw new GgufError(file, `key ${key}: ${id} is no id of the ${tokens.length} tokens`);
}
