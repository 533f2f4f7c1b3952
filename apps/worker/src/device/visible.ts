/** @file Which NVIDIA devices a process sees: `CUDA_VISIBLE_DEVICES`, as an operator sets it for a worker and a worker for a trainer. */
import type { DeviceView } from '@rankforge/contracts';
import type { Engine } from '@rankforge/peft';
import type { NvidiaDevice } from './nvidia-smi.js';

/**
 * Devices that an operator leaves to the worker. `nvidia-smi` does not look at the variable; CUDA does, and this reads it as
 * CUDA does: indices, of which that of a card in MIG mode is its first slice, or beginnings of UUIDs; entries after one that names
 * nothing do not count.
 *
 * @param wanted value of `CUDA_VISIBLE_DEVICES`; undefined: all
 * @param log hears of an entry that names nothing, unless it is the usual way to say so
 */
export function visibleDevices(
  devices: readonly NvidiaDevice[],
  wanted: string | undefined,
  log: (reason: string) => void,
): NvidiaDevice[] {
  if (wanted === undefined) return [...devices];
  const found: NvidiaDevice[] = [];
  for (const entry of wanted.split(',').map((each) => each.trim())) {
    const named = /^\d+$/.test(entry)
      ? devices.filter(({ id }) => id === `cuda:${entry}` || id.startsWith(`cuda:${entry}:`)).slice(0, 1)
      : devices.filter(({ uuid }) => /^(GPU|MIG)-/.test(entry) && uuid.startsWith(entry));
    if (named.length !== 1) {
      if (!hidesAll.includes(entry)) log(namesNothing(entry, devices));
      break;
    }
    if (!found.includes(named[0]!)) found.push(named[0]!);
  }
  return found;
}

/** Entries by which cards are hidden on purpose. */
const hidesAll = ['', '-1'];

/** Whether `CUDA_VISIBLE_DEVICES` hides every card on purpose, which needs no driver to say. */
export const hidesAllDevices = (wanted: string | undefined): boolean =>
  wanted !== undefined && hidesAll.includes(wanted.split(',')[0]!.trim());

function namesNothing(entry: string, devices: readonly NvidiaDevice[]): string {
  const there = devices.map(({ id, uuid }) => `${id} (${uuid})`).join(', ') || 'no card';
  return (
    `CUDA_VISIBLE_DEVICES: "${entry}" is the index of no card here, and the beginning of the UUID of none or of several; ` +
    `it and entries after it do not count. Here there is ${there}`
  );
}

/**
 * Environment of a process that computes on one device and sees no other. TensorFlow would otherwise compute on every card
 * that it finds, and take all of its memory at the start.
 */
export function environmentOn({ kind, uuid }: Pick<DeviceView, 'kind' | 'uuid'>): NodeJS.ProcessEnv {
  return kind === 'cuda'
    ? { CUDA_VISIBLE_DEVICES: uuid, TF_FORCE_GPU_ALLOW_GROWTH: 'true' }
    : { CUDA_VISIBLE_DEVICES: '' };
}

/** The card of this process cannot be used now, so that what it would compute counts against another device. */
export class NotOnCardError extends Error {}

/** @throws NotOnCardError where this process was given a card, and its engine computes elsewhere */
export function requireGivenCard({
  name,
  device,
  capabilities,
}: Pick<Engine, 'name' | 'device' | 'capabilities'>): void {
  const isGivenCard = (process.env.CUDA_VISIBLE_DEVICES ?? '') !== '';
  if (isGivenCard && !capabilities.accelerator) {
    throw new NotOnCardError(`engine ${name} computes on ${device}, and was given a card`);
  }
}
