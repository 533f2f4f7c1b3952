/** @file NVIDIA devices and what runs on them, as `nvidia-smi` lists them. */
import { type ChildProcess, execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { MIB } from '@rankforge/contracts';
import type { NvidiaProcess } from './nvidia-process.js';
import { memoryOfSlices, parseSliceUuids } from './nvidia-slices.js';

export interface NvidiaDevice {
  /** `cuda:0`; the second slice of a card in MIG mode is `cuda:0:1`, as NVIDIA's container tools write it. */
  id: string;
  /** What `CUDA_VISIBLE_DEVICES` takes: `GPU-…`, or `MIG-…` of a slice. Stays the same when indices shift. */
  uuid: string;
  name: string;
  totalBytes: number;
  usedBytes: number;
  processes: NvidiaProcess[];
}

type Say = (reason: string) => void;

const format = '--format=csv,noheader,nounits';
const deviceArguments = ['--query-gpu=index,uuid,mig.mode.current,name,memory.total,memory.used', format];
const processArguments = ['--query-compute-apps=gpu_uuid,pid,process_name,used_memory', format];

/** `nvidia-smi` ends with this where the driver runs and has no device. */
const noDevices = 6;
/** A driver under load answers within seconds. */
const answersWithinMs = 10_000;
/** Between two questions to one that did not answer. */
const askAgainMs = 5_000;

/** A line of the table of devices. */
interface Card extends Omit<NvidiaDevice, 'processes'> {
  index: number;
  /** In this mode a program sees the card's slices alone, and the card's own memory says nothing. */
  isSliced: boolean;
}

const linesOf = (output: string) => output.split('\n').filter((line) => line.trim() !== '');

/** Line of any table for a card that the driver cannot reach, e.g. one that fell off the bus. The others are listed beside it. */
const unreachable = /^Unable to determine the device handle/;

/**
 * Reads the table of `nvidia-smi --query-gpu=index,uuid,mig.mode.current,name,memory.total,memory.used
 * --format=csv,noheader,nounits`. A device whose memory the driver does not say (`[N/A]`, `[Not Supported]`: one that shares
 * the host's, or needs a reset) is left out, since nothing can be placed on it; so is one that the driver cannot reach.
 *
 * @param log hears which is left out, and why
 * @throws Error on a line that is not `index, uuid, MIG mode, name, MiB, MiB`
 * @example parseDevices('0, GPU-1b2c, [N/A], NVIDIA L4, 23034, 3\n', console.warn)
 */
export function parseDevices(output: string, log: Say): Card[] {
  return linesOf(output).flatMap((line) => {
    if (/^No devices were found/.test(line)) return [];
    if (unreachable.test(line)) {
      log(`nvidia-smi: ${line.trim()}`);
      return [];
    }
    // A name may hold a comma, the columns beside it may not.
    const match =
      /^\s*(\d+)\s*,\s*([^,\s]+)\s*,\s*([^,]+?)\s*,\s*(.+?)\s*,\s*(\d+|\[[^\]]*\])\s*,\s*(\d+|\[[^\]]*\])\s*$/.exec(
        line,
      );
    if (!match) {
      throw new Error(
        `nvidia-smi printed "${line}"; expected "index, uuid, MIG mode, name, memory in MiB, used memory in MiB"`,
      );
    }
    const [index, uuid, mode, name, total, used] = match.slice(1) as [string, string, string, string, string, string];
    const isSliced = mode === 'Enabled';
    const unsaid = [total, used].find((value) => value.startsWith('['));
    if (unsaid && !isSliced) {
      log(`cuda:${index} (${name}, ${uuid}) is left out: nvidia-smi says ${unsaid} of its memory`);
      return [];
    }
    const bytes = (mib: string) => (unsaid ? 0 : Number(mib) * MIB);
    const id = `cuda:${index}`;
    return [{ id, index: Number(index), uuid, isSliced, name, totalBytes: bytes(total), usedBytes: bytes(used) }];
  });
}

/**
 * Reads the table of `nvidia-smi --query-compute-apps=gpu_uuid,pid,process_name,used_memory --format=csv,noheader,nounits`.
 * Cards that the driver cannot reach have no processes.
 * @throws Error on a line that is not `uuid, pid, name, MiB or [N/A]`
 */
export function parseProcesses(output: string): (NvidiaProcess & { uuid: string })[] {
  const lines = linesOf(output).filter((line) => !unreachable.test(line));
  return lines.map((line) => {
    const match = /^\s*([^,\s]+)\s*,\s*(\d+)\s*,\s*(.+?)\s*,\s*(\d+|\[.*\])\s*$/.exec(line);
    if (!match) throw new Error(`nvidia-smi printed "${line}"; expected "uuid, process, name, used memory in MiB"`);
    const [, uuid, pid, name, used] = match as unknown as [string, string, string, string, string];
    return { uuid, pid: Number(pid), name, bytes: used.startsWith('[') ? null : Number(used) * MIB };
  });
}

/** The driver does not answer in time, which says nothing of its devices. */
class SilentDriverError extends Error {}

interface Patience {
  /** Time for each answer of `nvidia-smi`. */
  withinMs?: number | undefined;
}

/**
 * The devices of this machine now, a sliced card as its slices; none where `nvidia-smi` is not installed.
 *
 * @param log hears what is left out, and why the driver does not answer
 * @returns undefined when the driver does not answer, which says nothing of its devices
 */
export async function listNvidiaDevices(log: Say, patience: Patience = {}): Promise<NvidiaDevice[] | undefined> {
  try {
    return await readDevices(log, patience);
  } catch (error) {
    log(`nvidia-smi: ${(error as Error).message.trim()}`);
    return undefined;
  }
}

/**
 * The devices of this machine as `listNvidiaDevices` lists them. A driver that does not answer, as one that is starting or under load,
 * is asked again until it does; one that answers with an error has no devices.
 */
export async function waitForNvidiaDevices(
  log: Say,
  { againMs = askAgainMs, ...patience }: Patience & { againMs?: number | undefined } = {},
): Promise<NvidiaDevice[]> {
  for (;;) {
    try {
      return await readDevices(log, patience);
    } catch (error) {
      const isSilent = error instanceof SilentDriverError;
      log(
        `nvidia-smi: ${(error as Error).message.trim()}${isSilent ? '; it is asked again until it does (CUDA_VISIBLE_DEVICES=-1 goes without cards)' : ''}`,
      );
      if (!isSilent) return [];
      await sleep(againMs);
    }
  }
}

/** @throws Error when the driver does not answer, or not with a table */
async function readDevices(log: Say, { withinMs = answersWithinMs }: Patience): Promise<NvidiaDevice[]> {
  const ask = (args: string[]) => run(args, withinMs);
  let table: string;
  try {
    table = await ask(deviceArguments);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  const cards = parseDevices(table, log);
  const whole = cards.filter(({ isSliced }) => !isSliced);
  const processes = whole.length > 0 ? await askProcesses(ask, log) : [];
  const sliced = cards.filter(({ isSliced }) => isSliced);
  return [
    ...whole.map(({ index: _, isSliced: __, ...device }) => ({
      ...device,
      processes: processes.filter(({ uuid }) => uuid === device.uuid).map(({ uuid: _, ...process }) => process),
    })),
    ...(sliced.length > 0 ? slicesOf(sliced, { list: await ask(['-L']), xml: await ask(['-q', '-x']) }, log) : []),
  ];
}

/** Lists the processes on the cards; nothing is known of it where the driver answers with an error, as it does beside a card it cannot reach. */
async function askProcesses(ask: (args: string[]) => Promise<string>, log: Say) {
  try {
    return parseProcesses(await ask(processArguments));
  } catch (error) {
    if (error instanceof SilentDriverError) throw error;
    log(`nvidia-smi does not say which processes hold memory: ${(error as Error).message.trim()}`);
    return [];
  }
}

/** The slices of cards in MIG mode. */
function slicesOf(cards: readonly Card[], { list, xml }: { list: string; xml: string }, log: Say): NvidiaDevice[] {
  const uuids = parseSliceUuids(list);
  const memory = memoryOfSlices(xml);
  return cards.flatMap((card) => {
    const slices = memory.filter(({ card: uuid }) => uuid === card.uuid);
    if (slices.length === 0) log(`${card.id} (${card.name}) is left out: it is in MIG mode and has no slice`);
    return slices.flatMap((slice, place) => {
      const id = `${card.id}:${slice.index}`;
      const known = uuids.find((each) => each.card === card.uuid && each.index === slice.index);
      if (!known) {
        log(`${id} (${card.name}) is left out: nvidia-smi -L does not name its UUID`);
        return [];
      }
      const name = `${card.name} MIG ${known.profile}`;
      const before = slices.slice(0, place).find(({ instance }) => instance === slice.instance);
      if (before) {
        log(`${id} (${name}) is left out: it shares its memory with ${card.id}:${before.index}`);
        return [];
      }
      const { totalBytes, usedBytes, processes } = slice;
      return [{ id, uuid: known.uuid, name, totalBytes, usedBytes, processes }];
    });
  });
}

/** Programs that were killed and are not gone: one that waits for the driver in the kernel cannot be ended. */
const stuck = new Set<ChildProcess>();

/** Runs `nvidia-smi`, and waits no longer than given, whatever it does. */
function run(args: string[], withinMs: number): Promise<string> {
  if (stuck.size > 0) return Promise.reject(new SilentDriverError('still waits for a driver that does not answer'));
  return new Promise((resolve, reject) => {
    const child = execFile('nvidia-smi', args, { maxBuffer: 64 * MIB }, (error, stdout) => {
      clearTimeout(timer);
      const isAnswer =
        !error || error.code === noDevices || (typeof error.code === 'number' && stdout.includes('GPU-'));
      if (isAnswer) resolve(stdout);
      else reject(error.code === 'ENOENT' ? error : new Error(stdout.trim() || error.message, { cause: error }));
    });
    const timer = setTimeout(() => {
      stuck.add(child);
      child.once('exit', () => stuck.delete(child));
      child.kill('SIGKILL');
      reject(new SilentDriverError(`does not answer within ${withinMs / 1000} s`));
    }, withinMs);
  });
}
