/** @file Converts one adapter in a process of its own, so that neither its products nor its memory hold up the API. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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
  out,
}: ExportOrder): Promise<ExportOutcome> {
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
  });
  // Whoever serves the merged model asks its folder what a conversation with the base looks like.
  const beside = format === 'merged' ? await companionsOf(model) : [];
  for (const [name, content] of [...files, ...beside]) await writeFile(join(out, name), content);
  return { written: true };
}
