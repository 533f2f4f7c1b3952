/** @file The WebGPU adapter and its limits, asked in a process of its own: a driver that crashes must not take the worker along. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { DeviceView } from '@rankforge/contracts';

export type WebgpuLimits = NonNullable<DeviceView['webgpu']>;

const question = `
const { create, globals } = await import('webgpu');
Object.assign(globalThis, globals);
// The engine's backend asks alike, and gets the fastest of several Vulkan devices.
const adapter = await create([]).requestAdapter({ powerPreference: 'high-performance' });
const { info, limits } = adapter ?? {};
console.log(JSON.stringify(adapter && {
  adapter: info.description || info.device || info.vendor || 'unnamed Vulkan device',
  maxBufferBytes: limits.maxBufferSize,
  maxBindingBytes: limits.maxStorageBufferBindingSize,
}));
process.exit(0);`;

/** Limits of the one adapter that the engine would get, whatever other Vulkan devices there are; undefined where there is none. */
export async function webgpuLimits(log: (reason: string) => void): Promise<WebgpuLimits | undefined> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', question], {
      cwd: import.meta.dirname,
      timeout: 20_000,
    });
    const found = JSON.parse(stdout) as WebgpuLimits | null;
    if (found === null)
      log('WebGPU: no Vulkan device answers; install a GPU driver, or a software one (mesa-vulkan-drivers)');
    return found ?? undefined;
  } catch (error) {
    log(`WebGPU: ${(error as Error).message.split('\n')[0]}`);
    return undefined;
  }
}
