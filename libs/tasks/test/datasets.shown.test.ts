import { writeFile } from 'node:fs/promises';
import { DatasetMapping } from '@rankforge/contracts';
import { describe, expect, it } from 'vitest';
import { type Task, taskOfDataset } from '../src/index.js';
import { byColumn, useFolder } from './support/dataset-files.js';

const files = useFolder();

/** Test examples of a kept data set as people read them, and the rows of the preview of its import. */
async function shownOf(content: string, mapping: DatasetMapping) {
  const imported = await files.importing(content, { mapping, split: byColumn });
  const file = files.at(`${crypto.randomUUID()}.jsonl`);
  await writeFile(file, `${imported.lines.join('\n')}\n`);
  const facts = { name: 'mine', head: imported.head, sha256: 'f'.repeat(64), source: 'mine.csv' };
  return { examples: await all(taskOfDataset(facts, file)), rows: imported.rows.map(({ fields }) => fields) };
}

async function all({ testExamples }: Task): Promise<Record<string, string>[]> {
  const examples: Record<string, string>[] = [];
  for await (const example of testExamples!()) examples.push(example);
  return examples;
}

describe('an example as people read it', () => {
  it('keeps its text and its class where columns of its origin are called so', async () => {
    const mapping = DatasetMapping.parse({
      ...{ objective: 'classification', text: 'words', label: 'animal' },
      origins: ['label', 'text'],
    });
    const rows = ['words,animal,label,text,split', 'abcd,cat,north,one,train', 'efgh,dog,south,two,train'];
    const held = ['ijkl,cat,north,one,validation', 'mnop,dog,south,two,test'];
    const shown = await shownOf([...rows, ...held].join('\n'), mapping);
    const fields = { text: 'mnop', label: 'dog', 'label (column)': 'south', 'text (column)': 'two' };
    expect(shown.examples).toEqual([fields]);
    expect(shown.rows.at(-1)).toEqual(fields);
  });

  it('ends before a letter that would be cut in half', async () => {
    const mapping = DatasetMapping.parse({ objective: 'classification', text: 'text', label: 'label' });
    const start = 'ab'.repeat(249);
    const rows = ['text,label,split', 'abcd,x,train', 'efgh,y,train', 'ijkl,x,validation', `${start}c😀 ends,y,test`];
    const { examples } = await shownOf(rows.join('\n'), mapping);
    expect(examples).toEqual([{ text: `${start}c…`, label: 'y' }]);
  });
});
