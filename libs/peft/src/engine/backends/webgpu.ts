/** @file WebGPU outside a browser: Dawn from npm `webgpu`. Runs on any Vulkan device, a software one included. */
import { createRequire } from 'node:module';
import type { Backend } from '../backend.js';

const require = createRequire(import.meta.url);

interface Adapter {
  info: { description?: string; device?: string; vendor?: string };
}
interface Gpu {
  requestAdapter(options: { powerPreference: 'high-performance' }): Promise<Adapter | null>;
}

export const webgpu: Backend = {
  tfjsName: 'webgpu',
  tolerance: 1e-4,
  async prepare() {
    const gpu = await install();
    // The one that the backend computes on, which asks so.
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
    if (adapter === null) {
      throw new Error(
        'Engine webgpu finds no Vulkan device. Install a GPU driver, or a software device: ' +
          'apt-get install mesa-vulkan-drivers libvulkan1',
      );
    }
    const { description, device, vendor } = adapter.info;
    return {
      device: description || device || vendor || 'unnamed Vulkan device',
      capabilities: { deterministic: false, accelerator: true },
    };
  },
};

/** Puts `navigator.gpu` and the WebGPU globals in place, once, and registers the tfjs backend. */
async function install(): Promise<Gpu> {
  const scope = globalThis as { navigator?: { gpu?: Gpu } };
  const present = scope.navigator?.gpu;
  try {
    const dawn = (await import('webgpu')) as unknown as { create(options: string[]): Gpu; globals: object };
    const gpu = present ?? dawn.create([]);
    if (present === undefined) {
      Object.assign(globalThis, dawn.globals);
      const navigator = Object.create(scope.navigator ?? null, { gpu: { value: gpu, enumerable: true } });
      Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
    }
    require('@tensorflow/tfjs-backend-webgpu');
    return gpu;
  } catch (cause) {
    throw new Error(
      'Engine webgpu needs the packages webgpu and @tensorflow/tfjs-backend-webgpu, and they do not load. ' +
        'Install them: npm i webgpu@0.6.2 @tensorflow/tfjs-backend-webgpu@4.22.0',
      { cause },
    );
  }
}
