/** @file Which NVIDIA devices a process sees: `CUDA_VISIBLE_DEVICES`, as an operator sets it for a worker and a worker for a trainer. */
import type { DeviceView } from '@rankforge/contracts';
import type { Engine } from '@rankforge/peft';
import type { NvidiaDevice } from './nvidia-smi.js';

/**
 * Devices that an operator leaves to the worker. `nvidia-smi` does not look at the variable; CUDA does, and this reads it as
 * CUDA does: indices, or beginnings of UUIDs; entries after one that names nothing do not count.
 *
 * @param wanted value of `CUDA_VISIBLE_DEVICES`; undefined: all
 */
export function visibleDevices(devices: readonly NvidiaDevice[], wanted: string | undefined): NvidiaDevice[] {
  if (wanted === undefined) return [...devices];
  const found: NvidiaDevice[] = [];
  for (const entry of wanted.split(',').map((each) => each.trim())) {
    const named = devices.filter(({ id, uuid }) =>
      /^\d+$/.test(entry) ? id === `cuda:${entry}` : /^(GPU|MIG)-/.test(entry) && uuid.startsWith(entry),
    );
    if (named.length !== 1) break;
    if (!found.includes(named[0]!)) found.push(named[0]!);
  }
  return found;
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
