import { readdir } from 'node:fs/promises';
import { LocalSetupError } from './errors.js';
import { installSystemPackage } from './system-packages.js';

/** Where the Vulkan loader looks for drivers. */
const driverFolders = ['/etc/vulkan/icd.d', '/usr/share/vulkan/icd.d', '/usr/local/share/vulkan/icd.d'];

/**
 * Finds a Vulkan driver, installing Debian's software one when this machine's package manager may. The WebGPU engine
 * needs one, a GPU or not.
 *
 * @throws LocalSetupError with the reason when there is none and none could be installed.
 */
export async function ensureVulkan(onProgress: (line: string) => void = () => {}): Promise<void> {
  if (await hasDriver()) return;
  if (process.platform !== 'linux') throw new LocalSetupError('a Vulkan driver is only looked for on Linux');
  await installSystemPackage({ apt: 'mesa-vulkan-drivers', brew: 'molten-vk' }, onProgress);
}

async function hasDriver(): Promise<boolean> {
  const folders = await Promise.all(driverFolders.map((folder) => readdir(folder).catch(() => [])));
  return folders.flat().some((file) => file.endsWith('.json'));
}
