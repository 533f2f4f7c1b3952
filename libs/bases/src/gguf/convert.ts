/** @file A GGUF file as a folder in the format of Hugging Face. A piece of it is in memory at a time. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { safetensorsHeader } from '@rankforge/peft';
import { type PlannedModel, type PlannedTensor, planModel, ROTARY_FACTORS } from './architectures.js';
import { GgufError, type GgufHeader, readGgufHeader } from './header.js';
import { tokenizerConfig, tokenizerJson } from './tokenizer.js';

const bytesOf = { F32: 4, F16: 2, BF16: 2 };
/** Values that are converted at a time. */
const PIECE_VALUES = 1 << 20;

/** A GGUF file that can become a folder: all of its header was read, and nothing of its tensors. */
export interface GgufModel {
  header: GgufHeader;
  plan: PlannedModel;
  tokenizer: Record<string, unknown>;
  /** The content of `tokenizer_config.json`, which other programs read. */
  tokenizerConfig: Record<string, unknown>;
  /** Bytes of the weights as they will be stored. */
  bytes: number;
}

/**
 * Reads what a GGUF file holds.
 *
 * @throws GgufError naming the field, key or tensor that is wrong or not supported
 */
export async function openGguf(file: string): Promise<GgufModel> {
  const header = await readGgufHeader(file);
  const plan = planModel(header, await rotaryFactors(header));
  const bytes = plan.tensors.reduce((sum, tensor) => sum + storedBytes(tensor), 0);
  return { header, plan, tokenizer: tokenizerJson(header), tokenizerConfig: tokenizerConfig(header), bytes };
}

/**
 * Writes `config.json`, `tokenizer.json`, `tokenizer_config.json` and `model.safetensors`. A tensor of float16, bfloat16 or
 * float32 keeps its bytes. Quantized values are stored in float32: the product of a scale of 16 bits with an integer has more digits
 * than float16 holds.
 *
 * @param onBytes called as bytes of the weights are written
 * @returns where the folder came from
 * @throws GgufError where the file changed or ends early
 */
export async function writeFolder(
  { header: { file, metadata, tensors }, plan, tokenizer, tokenizerConfig, bytes }: GgufModel,
  folder: string,
  onBytes: (bytes: number, of: number) => void,
): Promise<Record<string, unknown>> {
  await writeFile(join(folder, 'config.json'), `${JSON.stringify(plan.config, null, 2)}\n`);
  await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer));
  await writeFile(join(folder, 'tokenizer_config.json'), `${JSON.stringify(tokenizerConfig, null, 2)}\n`);
  const source = await open(file, 'r');
  const target = await open(join(folder, 'model.safetensors'), 'w');
  try {
    const entries = plan.tensors.map((tensor) => {
      const { shape, format } = tensor.source;
      return [tensor.name, { dtype: format.dtype, shape, bytes: storedBytes(tensor) }] as const;
    });
    await target.write(safetensorsHeader(new Map(entries), { format: 'pt' }));
    let written = 0;
    for (const tensor of plan.tensors) {
      for await (const piece of pieces(source, file, tensor)) {
        await target.write(piece);
        written += piece.length;
        onBytes(written, bytes);
      }
    }
  } finally {
    await source.close();
    await target.close();
  }
  const counts: Record<string, number> = {};
  for (const { format } of tensors.values()) counts[format.name] = (counts[format.name] ?? 0) + 1;
  return {
    file: basename(file),
    fileSha256: await sha256Of(file),
    model: metadata.get('general.name') ?? null,
    licence: metadata.get('general.license') ?? null,
    quantization: counts,
    storedAs: [...new Set(plan.tensors.map(({ source }) => source.format.dtype))].sort(),
  };
}

function storedBytes({ source: { shape, format } }: PlannedTensor): number {
  return shape.reduce((product, size) => product * size, bytesOf[format.dtype]);
}

/** The bytes of a tensor as they are stored, in order. */
async function* pieces(handle: FileHandle, file: string, { name, source, interleaved, lessBy }: PlannedTensor) {
  const { format, shape, begin } = source;
  // The values of a bias are the rows of its kernel.
  const row = interleaved !== undefined && shape.length === 1 ? 1 : shape.at(-1)!;
  const rows = shape.reduce((product, size) => product * size, 1) / row;
  const rowBytes = (row / format.values) * format.bytes;
  const perPiece = interleaved ?? Math.max(1, Math.floor(PIECE_VALUES / row));
  for (let first = 0; first < rows; first += perPiece) {
    const count = Math.min(perPiece, rows - first);
    const stored = await readAt(handle, file, begin + first * rowBytes, count * rowBytes);
    const raw = interleaved === undefined ? stored : inHalves(stored, count, rowBytes);
    if (lessBy !== undefined) {
      if (format.name !== 'F32') throw new GgufError(file, `tensor of ${name}: a gain is ${format.name}, expected F32`);
      yield new Uint8Array(new Float32Array(raw.buffer).map((value) => value - lessBy).buffer);
      continue;
    }
    if (format.dequantize === undefined) {
      yield raw;
      continue;
    }
    const values = new Float32Array(count * row);
    format.dequantize(raw, values);
    yield new Uint8Array(values.buffer);
  }
}

async function rotaryFactors({ file, tensors }: GgufHeader): Promise<Float32Array | undefined> {
  const tensor = tensors.get(ROTARY_FACTORS);
  if (tensor === undefined) return undefined;
  if (tensor.format.name !== 'F32' || tensor.bytes > PIECE_VALUES) {
    throw new GgufError(file, `tensor ${ROTARY_FACTORS}: expected F32 for the half of a head`);
  }
  const handle = await open(file, 'r');
  try {
    return new Float32Array((await readAt(handle, file, tensor.begin, tensor.bytes)).buffer);
  } finally {
    await handle.close();
  }
}

/** Rows of a head, of which the first half stood at even places and the second at odd ones. */
function inHalves(stored: Uint8Array, rows: number, rowBytes: number): Uint8Array {
  const ordered = new Uint8Array(stored.length);
  for (let row = 0; row < rows; row++) {
    const from = row < rows / 2 ? 2 * row : 2 * row - rows + 1;
    ordered.set(stored.subarray(from * rowBytes, (from + 1) * rowBytes), row * rowBytes);
  }
  return ordered;
}

async function readAt(handle: FileHandle, file: string, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await handle.read(bytes, done, length - done, position + done);
    if (bytesRead === 0)
      throw new GgufError(file, `the file ends at byte ${position + done}; it changed while it was read`);
    done += bytesRead;
  }
  return bytes;
}

/** Digest of a file. */
export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}
