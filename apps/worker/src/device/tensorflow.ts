/** @file Which cards TensorFlow computes on, asked in processes of their own: what CUDA holds in a process stays there until it ends. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cardsOpenWithinSeconds } from '@rankforge/contracts';
import type { NvidiaDevice } from './nvidia-smi.js';
import { environmentOn } from './visible.js';

const question = `
const { openEngine } = await import('@rankforge/peft/engine');
const { device, capabilities } = await openEngine('tensorflow', { enginesFolder: process.argv[1] });
console.log(JSON.stringify({ device, accelerator: capabilities.accelerator }));
process.exit(0);`;

const withCuda = '(rankforge engine add tensorflow --cuda)';

/** Libraries of CUDA are loaded from disk the first time, which may be that of another machine; and all cards are asked at once. */
const withinMs = cardsOpenWithinSeconds * 1000;

/** Whether the engine `tensorflow` was added for the CPU, and so uses no card; false where nobody said how it was built. */
export async function isForCpu(enginesDir: string): Promise<boolean> {
  try {
    const said = JSON.parse(await readFile(join(enginesDir, 'tensorflow', 'engine.json'), 'utf8')) as {
      variant?: unknown;
    };
    return said.variant === 'cpu';
  } catch {
    return false;
  }
}

/**
 * Devices that the engine `tensorflow` of this installation computes on. It is the engine that knows: one built for the CPU
 * uses no card, and a CUDA build leaves out cards that are too old for it.
 *
 * @param log hears which is left out, and why
 */
export async function cardsOfTensorflow(
  devices: readonly NvidiaDevice[],
  { enginesDir, log }: { enginesDir: string; log(reason: string): void },
): Promise<NvidiaDevice[]> {
  const forCpu = (await isForCpu(enginesDir)) ? `engine tensorflow was added for the CPU ${withCuda}` : undefined;
  const answers = await Promise.all(
    devices.map(async (device) => {
      const reason = forCpu ?? (await unused(device, enginesDir));
      if (reason !== undefined) log(`${device.id} (${device.name}) is left out: ${reason}`);
      return reason === undefined ? [device] : [];
    }),
  );
  return answers.flat();
}

/** Why the engine does not use a card; undefined where it does. */
async function unused({ uuid }: NvidiaDevice, enginesDir: string): Promise<string | undefined> {
  try {
    const args = ['--input-type=module', '--eval', question, enginesDir];
    const env = { ...process.env, ...environmentOn({ kind: 'cuda', uuid }) };
    const options = { cwd: import.meta.dirname, env, timeout: withinMs, killSignal: 'SIGKILL' as const };
    const { stdout } = await promisify(execFile)(process.execPath, args, options);
    const { device, accelerator } = JSON.parse(stdout) as { device: string; accelerator: boolean };
    return accelerator ? undefined : `engine tensorflow computes on ${device} here ${withCuda}`;
  } catch (error) {
    const said = (error as Error & { stderr?: string }).stderr ?? '';
    const line = said.split('\n').find((each) => /^\w*Error: /.test(each)) ?? (error as Error).message.split('\n')[0];
    return `engine tensorflow could not be opened on it: ${line}`;
  }
}
