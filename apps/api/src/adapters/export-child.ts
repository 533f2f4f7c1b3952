/** @file Converts one adapter in a process of its own, so that neither its products nor its memory hold up the API. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chatOfFolder, chosenChat } from '@rankforge/bases';
import {
  companionsOf,
  ExportError,
  exportedFiles,
  findMethod,
  loadBase,
  mergedBase,
  openEngine,
  readAdapter,
  serveAt,
} from '@rankforge/peft';
import { answerJob } from '../platform/answer-job.js';
import type { ExportOrder, ExportOutcome } from './export-messages.js';

answerJob((order: ExportOrder) =>
  convert(order).catch((error: unknown): ExportOutcome => {
    if (error instanceof ExportError) return { refused: error.message };
    throw error;
  }),
);

async function convert({
  model,
  on,
  baseName,
  baseRevision,
  rank,
  adapter: file,
  format,
  chat,
  out,
}: ExportOrder): Promise<ExportOutcome> {
  const laidOut = chat && (await chatOf(model, chat));
  const trained = await readFile(file);
  const method = findMethod(readAdapter(trained).info.method);
  const adapter = method.serves && rank !== null ? serveAt(method, trained, rank) : trained;
  await openEngine('wasm');
  let base = await loadBase(model);
  for (const { file, rank: served, factors } of on) {
    const bytes = await readFile(file);
    const by = findMethod(readAdapter(bytes).info.method);
    base = await mergedBase(base, by, served === undefined ? bytes : serveAt(by, bytes, served), { factors });
  }
  const files = await exportedFiles({
    model: base,
    method,
    adapter,
    format,
    baseName,
    baseRevision,
    chat: laidOut,
  });
  // Whoever serves the merged model asks its folder what a conversation with the base looks like, or with what was trained on others.
  const beside = format === 'merged' ? await companionsOf(model) : [];
  for (const [name, content] of [...beside, ...files]) await writeFile(join(out, name), content);
  return { written: true };
}

/** The template by which conversations of a training were laid out. @throws ExportError where the base has another by now */
async function chatOf(model: string, { template, sha256, date }: NonNullable<ExportOrder['chat']>) {
  const chosen = chosenChat(await chatOfFolder(model), template);
  if (chosen?.facts.sha256 === sha256) return { template: chosen.text, date };
  throw new ExportError(
    `The chat template of the base model was changed since the training: put chat_template.jinja or tokenizer_config.json back into its folder, or take the format native`,
  );
}
