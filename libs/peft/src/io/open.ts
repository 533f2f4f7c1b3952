/** @file A safetensors file on disk: the header is read at once, a tensor when its values are asked for. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { HostTensor } from '../method.js';
import { SafetensorsError } from './errors.js';
import { type Header, headerLength, LENGTH_BYTES, parseHeader } from './header.js';
import { type ByteSource, fillFrom, readTensor } from './tensor.js';

/** A tensor that stays on disk: each reading of `values` reads the file, and nothing is kept. */
export interface StoredTensor extends HostTensor {
  readonly dtype: string;
  fill(target: Float32Array): void;
  /** Writes the values from `first` on over `target`, and reads no others. */
  read(target: Float32Array, first: number): void;
}

export interface SafetensorsFile {
  /** By name, in the order of the header. */
  tensors: ReadonlyMap<string, StoredTensor>;
  metadata: Record<string, string>;
}

/**
 * Opens a safetensors file. No handle stays open: a file that was changed since is refused when a tensor is read.
 *
 * @throws SafetensorsError for a file that is not valid, here or when `values` of a tensor is read
 * @example
 * const { tensors } = await openSafetensors('model.safetensors');
 * const { shape, values } = tensors.get('wte.weight')!; // reads this tensor, and no other
 */
export async function openSafetensors(file: string): Promise<SafetensorsFile> {
  const handle = await open(file, 'r');
  try {
    const identity = identityOf(await handle.stat());
    const { entries, metadata } = await readHeader(handle, identity.size, file);
    const source = new FileSource(file, identity);
    const tensors = [...entries].map(([name, entry]): [string, StoredTensor] => [
      name,
      {
        shape: entry.shape,
        dtype: entry.dtype,
        get values() {
          return readTensor(source, name, entry).values;
        },
        fill: (target) => fillFrom(source, name, entry, { target, first: 0 }),
        read: (target, first) => fillFrom(source, name, entry, { target, first }),
      },
    ]);
    return { tensors: new Map(tensors), metadata };
  } finally {
    await handle.close();
  }
}

async function readHeader(handle: FileHandle, fileBytes: number, file: string): Promise<Header> {
  const start = await readAt(handle, 0, Math.min(LENGTH_BYTES, fileBytes));
  return parseHeader(await readAt(handle, LENGTH_BYTES, headerLength(start, fileBytes, file)), fileBytes, file);
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const { buffer, bytesRead } = await handle.read(new Uint8Array(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

interface Identity {
  size: number;
  mtimeMs: number;
  ino: number;
}

function identityOf({ size, mtimeMs, ino }: Identity): Identity {
  return { size, mtimeMs, ino };
}

/** Most bytes of one read call. */
const READ_BYTES = 1 << 30;

/** Ranges of a file, read synchronously: they are asked for in the middle of tfjs code, in a process of its own. */
class FileSource implements ByteSource {
  constructor(
    readonly file: string,
    private readonly identity: Identity,
  ) {}

  fill(target: Uint8Array, position: number): void {
    const descriptor = openSync(this.file, 'r');
    try {
      const { size, mtimeMs, ino } = fstatSync(descriptor);
      if (size !== this.identity.size || mtimeMs !== this.identity.mtimeMs || ino !== this.identity.ino) {
        throw new SafetensorsError(this.file, 'the file changed after it was opened; load the model again');
      }
      for (let done = 0; done < target.length; ) {
        const read = readSync(descriptor, target, done, Math.min(READ_BYTES, target.length - done), position + done);
        if (read === 0) throw new SafetensorsError(this.file, `the file ends at byte ${position + done}`);
        done += read;
      }
    } finally {
      closeSync(descriptor);
    }
  }
}
