/** @file Ways in which texts of a data set fall apart into words, by name. What they need is loaded when they are opened. */
import { bySpaces, type Segmenter, withoutStopWords } from '@rankforge/peft';

export const segmenterNames = ['spaces', 'jieba'] as const;
export type SegmenterName = (typeof segmenterNames)[number];

/** Facts of a segmenter that are known before it is opened. */
export type SegmenterFacts = Pick<Segmenter, 'name' | 'between'>;

const segmenters: Record<SegmenterName, Pick<Segmenter, 'between'> & { open(): Promise<Segmenter> }> = {
  spaces: { between: bySpaces.between, open: async () => bySpaces },
  jieba: { between: '', open: openJieba },
};

/** @throws Error where a package that it needs is not there */
export const openSegmenter = (name: SegmenterName = 'spaces'): Promise<Segmenter> => segmenters[name].open();

export const segmenterFacts = (name: SegmenterName): SegmenterFacts => ({ name, between: segmenters[name].between });

let opened: Promise<Segmenter> | undefined;

function openJieba(): Promise<Segmenter> {
  opened ??= segmenterByJieba(() => Promise.all([import('@node-rs/jieba'), import('@node-rs/jieba/dict.js')]));
  return opened;
}

type JiebaPackage = [Pick<typeof import('@node-rs/jieba'), 'Jieba'>, { dict: Uint8Array }];

/** Words of Chinese by npm `@node-rs/jieba`, which finds those of PyPI `jieba`; other scripts part at their white space. */
export async function segmenterByJieba(load: () => Promise<JiebaPackage>): Promise<Segmenter> {
  const [{ Jieba }, { dict }] = await load().catch((cause: unknown) => {
    throw new Error(
      'words of Chinese are found by the package @node-rs/jieba, which is not installed on this machine or has no build for it; ' +
        'run npm install with optional packages, or choose the segmenter spaces',
      { cause },
    );
  });
  const jieba = Jieba.withDict(dict);
  const tokens = (text: string) => jieba.cut(text, true);
  return {
    name: 'jieba',
    split: (text) => withSpaces(tokens(text.trim().replace(/\s+/g, ' '))),
    between: '',
    terms: (text, stopWords = 'english') =>
      withoutStopWords(
        jieba.cutForSearch(text.toLowerCase(), true).filter((word) => /[\p{L}\p{N}]/u.test(word)),
        stopWords,
      ),
    sentenceEnd: /(?<=[。！？；!?]["'”’」』）)]*)\s*|(?<=[.]["'”’)]*)\s+/,
    tokens,
  };
}

/** Words, each with the space after it. */
function withSpaces(tokens: readonly string[]): string[] {
  const words: string[] = [];
  for (const token of tokens) {
    if (token === ' ' && words.length > 0) words[words.length - 1] += token;
    else words.push(token);
  }
  return words;
}
