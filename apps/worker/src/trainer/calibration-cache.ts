/** @file Calibrations for the trainers of all workers that share a folder of data: bounded, the oldest go first. */
import type { PassStore } from '@rankforge/peft';
import cacache from 'cacache';

/** Without the option, which its types lack, a file of the index says for ever that the entry is gone. */
const removeEntry: (folder: string, key: string, options: { removeFully: true }) => Promise<unknown> = cacache.rm.entry;

export interface CalibrationCacheOptions {
  folder: string;
  /** Bytes of all kept calibrations together, at most. */
  mostBytes: number;
  /** See {@link PassStore.reserve}. */
  reserve(key: string): Promise<() => void>;
  /** Told what cannot be read or kept: the calibration is made again, and no trial fails for it. */
  log(line: string): void;
}

/** Keeps calibrations on disk. What is read is what was written: its digest is checked. */
export class CalibrationCache implements PassStore {
  constructor(private readonly options: CalibrationCacheOptions) {}

  async read(key: string): Promise<Uint8Array | undefined> {
    const { folder, log } = this.options;
    try {
      const kept = await cacache.get.info(folder, key);
      return kept ? await this.contentOf(kept.integrity) : undefined;
    } catch (error) {
      log(`a kept calibration cannot be read (${(error as Error).message}); it is made again`);
      return undefined;
    }
  }

  reserve(key: string): Promise<() => void> {
    return this.options.reserve(key);
  }

  async write(key: string, bytes: Uint8Array): Promise<void> {
    const { folder, mostBytes, log } = this.options;
    if (bytes.byteLength > mostBytes) return;
    try {
      await this.makeRoom(bytes.byteLength);
      await cacache.put(folder, key, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    } catch (error) {
      log(`the calibration is not kept for other trials (${(error as Error).message})`);
    }
  }

  /** @throws Error for a damaged one, which is removed */
  private async contentOf(integrity: string): Promise<Uint8Array> {
    const { folder } = this.options;
    try {
      return await cacache.get.byDigest(folder, integrity);
    } catch (error) {
      await cacache.rm.content(folder, integrity);
      throw error;
    }
  }

  private async makeRoom(wanted: number): Promise<void> {
    const { folder, mostBytes } = this.options;
    const newestFirst = Object.values(await cacache.ls(folder)).sort((a, b) => b.time - a.time);
    let left = mostBytes - wanted;
    for (const { key, integrity, size } of newestFirst) {
      left -= size;
      if (left >= 0) continue;
      await removeEntry(folder, key, { removeFully: true });
      await cacache.rm.content(folder, integrity);
    }
  }
}
