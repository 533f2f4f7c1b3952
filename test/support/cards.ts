/**
 * @file A machine with NVIDIA cards, for tests on machines without: a program `nvidia-smi` that prints what a test sets, and an
 * engine `tensorflow` that computes as wasm does, says that it is on a card where it was given one, and notes what each
 * process was given. Worker, ledgers, queues and trainers are the real ones.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Resolves the packages that the engines come from. */
const library = fileURLToPath(new URL('../../libs/peft/package.json', import.meta.url));

export interface Card {
  index: number;
  name?: string;
  totalMiB?: number;
  usedMiB?: number;
  processes?: readonly { pid: number; name: string; usedMiB: number | '[N/A]' }[];
  /** Slices in MIG mode; omitted: the card is not in it. */
  slices?: readonly Slice[];
}

export interface Slice {
  index: number;
  /** GPU instance; default: one of its own. */
  instance?: number;
  profile?: string;
  totalMiB: number;
  usedMiB?: number;
  processes?: readonly { pid: number; name: string; usedMiB: number }[];
}

/** What a process that opened the engine was given. */
export interface Given {
  pid: number;
  visible: string;
  growth: string | undefined;
}

export interface Cards {
  /** Variables that make a program see the cards. */
  env: NodeJS.ProcessEnv;
  /** Sets what the driver lists from now on. */
  list(cards: readonly Card[]): Promise<void>;
  /** Sets how the driver fails from now on, or in the one table of which a beginning of the query is given; undefined: it answers. */
  fail(how: { says: string; status: number; query?: string } | 'silence' | undefined): Promise<void>;
  /** Sets whether the engine can use a card from now on. */
  work(onCards: boolean): Promise<void>;
  /** Puts the engine into the folder of data of a platform. */
  addEngine(dataDir: string): Promise<void>;
  /** Every process that opened the engine. */
  given(): Promise<Given[]>;
  remove(): Promise<void>;
}

export const uuidOf = (index: number) => `GPU-0000000${index}-aaaa-bbbb-cccc-000000000000`;
export const uuidOfSlice = (card: number, slice: number) => `MIG-0000000${card}-aaaa-bbbb-cccc-00000000000${slice}`;

/** @example const cards = await createCards([{ index: 0 }, { index: 1 }]); */
export async function createCards(cards: readonly Card[]): Promise<Cards> {
  const folder = await mkdtemp(join(tmpdir(), 'rankforge-cards-'));
  const seen = join(folder, 'given.jsonl');
  await writeFile(seen, '');
  const program = `#!/bin/sh
cd '${folder}'
[ -e silence ] && { trap '' TERM; while :; do sleep 1; done; }
[ -e failure ] && case "$1" in "$(cat query)"*) cat failure; exit "$(cat status)" ;; esac
case "$1" in
  --query-gpu=*) cat devices ;;
  --query-compute-apps=*) cat processes ;;
  -L) cat list ;;
  -q) cat xml ;;
  *) echo "unknown: $*"; exit 2 ;;
esac
`;
  await writeFile(join(folder, 'nvidia-smi'), program, { mode: 0o755 });
  const made: Cards = {
    env: { PATH: `${folder}:${process.env.PATH}` },
    async list(now) {
      const files = printed(now);
      for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    },
    async fail(how) {
      for (const name of ['silence', 'failure']) await rm(join(folder, name), { force: true });
      if (how === 'silence') await writeFile(join(folder, 'silence'), '');
      else if (how) {
        await writeFile(join(folder, 'query'), how.query ?? '');
        await writeFile(join(folder, 'status'), String(how.status));
        await writeFile(join(folder, 'failure'), how.says);
      }
    },
    async work(onCards) {
      if (onCards) await rm(join(folder, 'broken'));
      else await writeFile(join(folder, 'broken'), '');
    },
    async addEngine(dataDir) {
      const home = join(dataDir, 'engines', 'tensorflow');
      const packageHome = join(home, 'node_modules/@tensorflow/tfjs-node-gpu');
      await mkdir(packageHome, { recursive: true });
      await writeFile(join(home, 'engine.json'), '{}');
      await writeFile(join(packageHome, 'index.js'), engine(seen, join(folder, 'broken')));
    },
    async given() {
      const lines = (await readFile(seen, 'utf8')).split('\n').filter((line) => line !== '');
      return lines.map((line) => JSON.parse(line) as Given);
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
  await made.list(cards);
  return made;
}

const engine = (seen: string, broken: string) => `
const tf = globalThis[Symbol.for('rankforge.tfjs')];
const visible = process.env.CUDA_VISIBLE_DEVICES;
const given = { pid: process.pid, visible, growth: process.env.TF_FORCE_GPU_ALLOW_GROWTH };
require('node:fs').appendFileSync(${JSON.stringify(seen)}, JSON.stringify(given) + '\\n');
const { dirname } = require('node:path');
const { createRequire } = require('node:module');
const ours = createRequire(${JSON.stringify(library)});
const wasm = ours.resolve('@tensorflow/tfjs-backend-wasm');
ours(wasm).setWasmPaths(dirname(wasm) + '/');
// Again when the backend starts: whoever opens the engine may have put other kernels in the place of TensorFlow's.
const copyKernels = () => {
  for (const kernel of tf.getKernelsForBackend('tensorflow')) tf.unregisterKernel(kernel.kernelName, 'tensorflow');
  tf.copyRegisteredKernels('wasm', 'tensorflow');
};
copyKernels();
tf.registerBackend('tensorflow', async () => {
  copyKernels();
  // What is laid around this member of TensorFlow's backend is never asked by kernels of wasm.
  return Object.assign(await tf.findBackendFactory('wasm')(), { getInputTensorIds: () => [] });
});
const works = !require('node:fs').existsSync(${JSON.stringify(broken)});
exports.node = { isUsingGpuDevice: () => works && /^(GPU|MIG)-/.test(visible ?? '') };
`;

/** Files by name: what the queries print. */
function printed(cards: readonly Card[]): Record<string, string> {
  const nameOf = ({ name = 'NVIDIA L4' }: Card) => name;
  const devices = cards.map((card) => {
    const mode = card.slices ? 'Enabled' : '[N/A]';
    const used = card.slices ? '[N/A]' : (card.usedMiB ?? 0);
    return `${card.index}, ${uuidOf(card.index)}, ${mode}, ${nameOf(card)}, ${card.totalMiB ?? 23_034}, ${used}\n`;
  });
  const processes = cards.flatMap((card) =>
    (card.processes ?? []).map(({ pid, name, usedMiB }) => `${uuidOf(card.index)}, ${pid}, ${name}, ${usedMiB}\n`),
  );
  const profile = (slice: Slice) => slice.profile ?? '1g.10gb';
  const list = cards.map(
    (card) =>
      `GPU ${card.index}: ${nameOf(card)} (UUID: ${uuidOf(card.index)})\n${(card.slices ?? [])
        .map(
          (slice) =>
            `  MIG ${profile(slice)}     Device  ${slice.index}: (UUID: ${uuidOfSlice(card.index, slice.index)})\n`,
        )
        .join('')}`,
  );
  return {
    devices: cards.length === 0 ? 'No devices were found\n' : devices.join(''),
    processes: processes.join(''),
    list: list.join(''),
    xml: `<?xml version="1.0" ?>\n<nvidia_smi_log>\n${cards.map(xmlOf).join('')}</nvidia_smi_log>\n`,
  };
}

function xmlOf(card: Card): string {
  const slices = card.slices ?? [];
  const instance = (slice: Slice) => slice.instance ?? slice.index + 1;
  const memory = (total: string, used: string) => `<fb_memory_usage>
      <total>${total}</total><reserved>0 MiB</reserved><used>${used}</used><free>1 MiB</free>
    </fb_memory_usage>`;
  const devices = slices.map(
    (slice) => `<mig_device>
      <index>${slice.index}</index><gpu_instance_id>${instance(slice)}</gpu_instance_id><compute_instance_id>0</compute_instance_id>
      ${memory(`${slice.totalMiB} MiB`, `${slice.usedMiB ?? 0} MiB`)}
      <bar1_memory_usage><total>32767 MiB</total><used>0 MiB</used><free>32767 MiB</free></bar1_memory_usage>
    </mig_device>`,
  );
  const processes = slices.flatMap((slice) =>
    (slice.processes ?? []).map(
      ({ pid, name, usedMiB }) => `<process_info>
      <gpu_instance_id>${instance(slice)}</gpu_instance_id><compute_instance_id>0</compute_instance_id>
      <pid>${pid}</pid><type>C</type><process_name>${name}</process_name><used_memory>${usedMiB} MiB</used_memory>
    </process_info>`,
    ),
  );
  return `<gpu id="00000000:0${card.index}:00.0">
    <product_name>${card.name ?? 'NVIDIA L4'}</product_name>
    <mig_mode><current_mig>${card.slices ? 'Enabled' : 'N/A'}</current_mig></mig_mode>
    <mig_devices>${devices.join('\n') || 'None'}</mig_devices>
    <uuid>${uuidOf(card.index)}</uuid>
    ${memory('N/A', 'N/A')}
    <processes>${processes.join('\n')}</processes>
  </gpu>
`;
}
