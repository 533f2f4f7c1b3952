/** @file NVIDIA devices, as `nvidia-smi` lists them. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { MIB } from '@rankforge/contracts';

export interface NvidiaDevice {
  index: number;
  name: string;
  totalBytes: number;
}

export const nvidiaSmiArguments = ['--query-gpu=index,name,memory.total', '--format=csv,noheader,nounits'];

/**
 * Reads the table of `nvidia-smi --query-gpu=index,name,memory.total --format=csv,noheader,nounits`.
 * @throws Error on a line that is not `index, name, MiB`
 * @example parseNvidiaSmi('0, NVIDIA L4, 23034\n') // [{ index: 0, name: 'NVIDIA L4', totalBytes: 24152899584 }]
 */
export function parseNvidiaSmi(output: string): NvidiaDevice[] {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => {
    // A name may hold a comma, the columns beside it may not.
    const match = /^\s*(\d+)\s*,\s*(.+?)\s*,\s*(\d+)\s*$/.exec(line);
    if (!match) throw new Error(`nvidia-smi printed "${line}"; expected "index, name, memory in MiB"`);
    return { index: Number(match[1]), name: match[2] as string, totalBytes: Number(match[3]) * MIB };
  });
}

/** The devices of this machine; none when `nvidia-smi` is not installed or finds no driver. */
export async function listNvidiaDevices(log: (reason: string) => void): Promise<NvidiaDevice[]> {
  try {
    const { stdout } = await promisify(execFile)('nvidia-smi', nvidiaSmiArguments, { timeout: 10_000 });
    return parseNvidiaSmi(stdout);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') log(`nvidia-smi: ${(error as Error).message}`);
    return [];
  }
}
