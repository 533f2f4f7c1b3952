/** @file NVIDIA devices and what runs on them, as `nvidia-smi` lists them. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { MIB } from '@rankforge/contracts';

export interface NvidiaProcess {
  pid: number;
  name: string;
  /** Null where the driver does not say (`[N/A]`, in some containers and on Windows). */
  bytes: number | null;
}

export interface NvidiaDevice {
  index: number;
  uuid: string;
  name: string;
  totalBytes: number;
  usedBytes: number;
  processes: NvidiaProcess[];
}

const format = '--format=csv,noheader,nounits';
const deviceArguments = ['--query-gpu=index,uuid,name,memory.total,memory.used', format];
const processArguments = ['--query-compute-apps=gpu_uuid,pid,process_name,used_memory', format];

const linesOf = (output: string) => output.split('\n').filter((line) => line.trim() !== '');

/**
 * Reads the table of `nvidia-smi --query-gpu=index,uuid,name,memory.total,memory.used --format=csv,noheader,nounits`.
 * A device whose memory the driver does not say (`[N/A]`, `[Not Supported]`: one that shares the host's, or needs a reset)
 * is left out: nothing can be placed on it.
 *
 * @param log hears which is left out, and why
 * @throws Error on a line that is not `index, uuid, name, MiB, MiB`
 * @example parseDevices('0, GPU-1b2c, NVIDIA L4, 23034, 3\n', console.warn)
 */
export function parseDevices(output: string, log: (reason: string) => void): Omit<NvidiaDevice, 'processes'>[] {
  return linesOf(output).flatMap((line) => {
    // A name may hold a comma, the columns beside it may not.
    const match = /^\s*(\d+)\s*,\s*([^,\s]+)\s*,\s*(.+?)\s*,\s*(\d+|\[[^\]]*\])\s*,\s*(\d+|\[[^\]]*\])\s*$/.exec(line);
    if (!match) {
      throw new Error(`nvidia-smi printed "${line}"; expected "index, uuid, name, memory in MiB, used memory in MiB"`);
    }
    const [, index, uuid, name, total, used] = match as unknown as [string, string, string, string, string, string];
    const unsaid = [total, used].find((value) => value.startsWith('['));
    if (unsaid) {
      log(`cuda:${index} (${name}, ${uuid}) is left out: nvidia-smi says ${unsaid} of its memory`);
      return [];
    }
    return [{ index: Number(index), uuid, name, totalBytes: Number(total) * MIB, usedBytes: Number(used) * MIB }];
  });
}

/**
 * Reads the table of `nvidia-smi --query-compute-apps=gpu_uuid,pid,process_name,used_memory --format=csv,noheader,nounits`.
 * @throws Error on a line that is not `uuid, pid, name, MiB or [N/A]`
 */
export function parseProcesses(output: string): (NvidiaProcess & { uuid: string })[] {
  return linesOf(output).map((line) => {
    const match = /^\s*([^,\s]+)\s*,\s*(\d+)\s*,\s*(.+?)\s*,\s*(\d+|\[.*\])\s*$/.exec(line);
    if (!match) throw new Error(`nvidia-smi printed "${line}"; expected "uuid, process, name, used memory in MiB"`);
    const [, uuid, pid, name, used] = match as unknown as [string, string, string, string, string];
    return { uuid, pid: Number(pid), name, bytes: used.startsWith('[') ? null : Number(used) * MIB };
  });
}

/** The devices of this machine; none when `nvidia-smi` is not installed or finds no driver. */
export async function listNvidiaDevices(log: (reason: string) => void): Promise<NvidiaDevice[]> {
  const ask = async (args: string[]) => (await promisify(execFile)('nvidia-smi', args, { timeout: 10_000 })).stdout;
  try {
    const devices = parseDevices(await ask(deviceArguments), log);
    const processes = devices.length > 0 ? parseProcesses(await ask(processArguments)) : [];
    return devices.map((device) => ({
      ...device,
      processes: processes.filter(({ uuid }) => uuid === device.uuid).map(({ uuid: _, ...process }) => process),
    }));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') log(`nvidia-smi: ${(error as Error).message}`);
    return [];
  }
}
