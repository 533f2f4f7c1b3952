/** @file Slices of cards in MIG mode. Their UUIDs are in `nvidia-smi -L` alone, their memory in `nvidia-smi -q -x` alone. */
import { MIB } from '@rankforge/contracts';
import type { NvidiaProcess } from './nvidia-process.js';

export interface SliceUuid {
  /** UUID of the card. */
  card: string;
  index: number;
  profile: string;
  uuid: string;
}

/**
 * Reads `nvidia-smi -L`.
 * @example parseSliceUuids('GPU 0: NVIDIA A100 (UUID: GPU-5d5b)\n  MIG 3g.20gb     Device  0: (UUID: MIG-c6d4)\n')
 */
export function parseSliceUuids(output: string): SliceUuid[] {
  const found: SliceUuid[] = [];
  let card = '';
  for (const line of output.split('\n')) {
    card = /^GPU \d+: .*\(UUID: ([^)\s]+)\)/.exec(line)?.[1] ?? card;
    const [, profile, index, uuid] = /^\s+MIG (\S+)\s+Device\s+(\d+): \(UUID: ([^)\s]+)\)/.exec(line) ?? [];
    if (profile && index && uuid) found.push({ card, index: Number(index), profile, uuid });
  }
  return found;
}

export interface SliceMemory {
  /** UUID of the card. */
  card: string;
  index: number;
  /** Slices of one GPU instance share its memory. */
  instance: string;
  totalBytes: number;
  usedBytes: number;
  processes: NvidiaProcess[];
}

/**
 * Reads the slices in the text of `nvidia-smi -q -x`. Its elements are of fixed names, none of those read here is nested in
 * itself, and its only text that another program chooses is the name of a process.
 *
 * @throws Error on a slice whose memory is not said
 */
export function memoryOfSlices(xml: string): SliceMemory[] {
  return elements(xml, 'gpu').flatMap((gpu) => {
    // The UUID of the card is the one that is not inside a slice.
    const card = text(gpu.replace(/<mig_devices>.*?<\/mig_devices>/gs, ''), 'uuid');
    const processes = elements(gpu, 'process_info');
    return elements(gpu, 'mig_device').map((slice) => {
      const index = Number(text(slice, 'index'));
      const instance = text(slice, 'gpu_instance_id');
      const [memory = ''] = elements(slice, 'fb_memory_usage');
      const bytes = (name: string) => {
        const said = text(memory, name);
        const mib = /^(\d+) MiB$/.exec(said)?.[1];
        if (mib === undefined)
          throw new Error(`nvidia-smi says "${said}" of the ${name} memory of slice ${index} of ${card}`);
        return Number(mib) * MIB;
      };
      return {
        card,
        index,
        instance,
        totalBytes: bytes('total'),
        usedBytes: bytes('used'),
        processes: processes.filter((process) => text(process, 'gpu_instance_id') === instance).map(processOf),
      };
    });
  });
}

function processOf(process: string): NvidiaProcess {
  const mib = /^(\d+) MiB$/.exec(text(process, 'used_memory'))?.[1];
  return {
    pid: Number(text(process, 'pid')),
    name: text(process, 'process_name'),
    bytes: mib === undefined ? null : Number(mib) * MIB,
  };
}

/** Contents of the elements of a name; `<gpu id="…">` counts as `gpu`. */
function elements(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}(?: [^>]*)?>(.*?)</${name}>`, 'gs'))].map(([, content]) => content!);
}

const entities: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&amp;': '&',
};

const text = (xml: string, name: string) =>
  (elements(xml, name)[0] ?? '').trim().replace(/&(?:lt|gt|quot|apos|amp);/g, (entity) => entities[entity]!);
