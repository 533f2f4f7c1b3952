/** The test split of a task as the file that tells what a base model forgets (apps/worker/src/trainer/forgetting.ts). */
import { rm } from 'node:fs/promises';
import { writeDataset } from '@rankforge/tasks';

/** @param task a language-modelling task whose passages hold no empty line */
export async function writeHeldBack(task, file) {
  const encoder = new TextEncoder();
  // One byte an example: the inputs of the split are its text.
  const { test } = await task.load({ encode: (text) => encoder.encode(text), sequenceLength: 1 });
  const { inputs } = test.batch(Array.from({ length: test.size }, (_, index) => index));
  const passages = new TextDecoder().decode(Uint8Array.from(inputs)).trimEnd().split('\n\n');
  const examples = passages.map((text, index) => ({ where: `passage ${index + 1}`, fields: { text } }));
  const head = { format: 'rankforge-dataset-1', objective: 'language-modelling', title: `${task.title}, test split` };
  await rm(file, { force: true });
  await writeDataset(file, head, { examples, sides: examples.map(() => 'test') });
}
