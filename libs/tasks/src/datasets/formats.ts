/** @file Formats of tables by name: how each is opened, what it is read for, and which of its columns are what. */
import { type DatasetFormat, datasetFormats } from '@rankforge/contracts';
import { type Evidence, type ExampleForm, exampleForms, type Paper } from '@rankforge/peft';
import { openCollection } from './readers/collection.js';
import { openCrudRag } from './readers/crud-rag.js';
import { openCsv } from './readers/csv.js';
import { openJson } from './readers/json.js';
import { openJsonLines } from './readers/jsonl.js';
import { openLetor } from './readers/letor.js';
import { openParquet } from './readers/parquet.js';
import { openRankify } from './readers/rankify.js';
import { openTrec } from './readers/trec.js';
import { openTsv } from './readers/tsv.js';
import type { OpenTable } from './source.js';

interface TableFormat {
  open: OpenTable;
  /** Whether examples of a form can be read from it. Absent: those of every table. */
  reads?(form: ExampleForm): boolean;
  /** Fields of a mapping where a request does not say them. */
  usual?(form: ExampleForm): Record<string, string | number>;
  /** The publication whose files they are. Absent: a format of many. */
  published?: Published;
}

interface Published {
  title: string;
  summary: string;
  paper: Paper;
  evidence: Evidence;
}

const has = ({ columns }: ExampleForm, field: string) => columns.some((column) => column.field === field);

/** Columns that are called as the fields that they are for. */
const namedAlike = ({ columns }: ExampleForm): Record<string, string> =>
  Object.fromEntries(columns.map(({ field }) => [field, field]));

/** Cells of text hold no list of numbers. */
const holdsNoList = (form: ExampleForm) => !has(form, 'features');

/** Where documents are judged for queries, objectives with grades are read, by columns that are called as they are. */
const judged = {
  reads: (form: ExampleForm) => form.candidates !== undefined,
  usual: (form: ExampleForm) => ({ ...namedAlike(form), ...(form.candidates ? { candidates: form.candidates } : {}) }),
};

export const tableFormats: Record<Exclude<DatasetFormat, 'images'>, TableFormat> = {
  // Each example is a unit by itself, and nothing is to be known of all together. Columns are those of the sites' own files.
  sites: { open: openJsonLines, reads: (form) => form === exampleForms.labelled, usual: namedAlike },
  csv: { open: openCsv, reads: holdsNoList },
  jsonl: { open: openJsonLines },
  json: { open: openJson },
  tsv: { open: openTsv, reads: holdsNoList },
  parquet: { open: openParquet },
  beir: {
    open: openCollection,
    ...judged,
    published: {
      title: 'BEIR',
      summary: 'Reads collections with judgements as tasks of ranking and retrieval.',
      paper: {
        title: 'BEIR: A Heterogeneous Benchmark for Zero-shot Evaluation of Information Retrieval Models',
        year: 2021,
        arxiv: '2104.08663',
      },
      evidence: { level: 'partial', reason: 'its files are read; none of its data is shipped' },
    },
  },
  trec: { open: openTrec, ...judged },
  letor: { open: openLetor, reads: (form) => has(form, 'features'), usual: namedAlike },
  'crud-rag': {
    open: openCrudRag,
    reads: (form) => has(form, 'evidence'),
    usual: (form) => ({ ...namedAlike(form), segmenter: 'jieba' }),
    published: {
      title: 'CRUD-RAG',
      summary:
        'Reads its questions of four kinds and its news as a task of answers; its scores, and its judge by questions, stand beside.',
      paper: {
        title:
          'CRUD-RAG: A Comprehensive Chinese Benchmark for Retrieval-Augmented Generation of Large Language Models',
        year: 2024,
        arxiv: '2401.17043',
      },
      evidence: {
        level: 'partial',
        reason:
          'its sets of questions could not be opened here, and are read as its code reads them; prompts are our own, there is no BERTScore, and none of its data is shipped',
      },
    },
  },
  rankify: {
    open: openRankify,
    reads: (form) => form.candidates !== undefined || has(form, 'answers'),
    usual: ({ columns }) =>
      Object.fromEntries(columns.flatMap(({ field, optional }) => (optional ? [] : [[field, field]]))),
    published: {
      title: 'Rankify',
      summary:
        'Reads its documents as tasks of ranking, retrieval and answers, and writes what trials answered or ordered as its files.',
      paper: {
        title: 'Rankify: A Comprehensive Python Toolkit for Retrieval, Re-Ranking, and Retrieval-Augmented Generation',
        year: 2025,
        arxiv: '2502.02464',
      },
      evidence: { level: 'partial', reason: 'its files alone: its indexes, models and metrics are not run here' },
    },
  },
};

/** Formats that are of a publication, as entries of a registry. */
export const publishedFormats: readonly (Published & { name: string })[] = Object.entries(tableFormats).flatMap(
  ([name, { published }]) => (published ? [{ name, ...published }] : []),
);

/** Whether examples of a form can be read from files of a format. */
export function canRead(format: DatasetFormat, form: ExampleForm): boolean {
  if (format === 'images' || form.from === 'images') return format === 'images' && form.from === 'images';
  return form.from === 'table' && (tableFormats[format].reads?.(form) ?? true);
}

/** Formats that examples of a form can be read from. */
export const formatsOf = (form: ExampleForm): DatasetFormat[] =>
  datasetFormats.filter((format) => canRead(format, form));

/** Values of a mapping's fields where a request leaves them out. */
export const usualFields = (format: DatasetFormat, form: ExampleForm): Record<string, string | number> =>
  format === 'images' ? {} : (tableFormats[format].usual?.(form) ?? {});
