/**
 * What the tests need of the system, installed now, so that no test waits for a package manager.
 * @returns steps that cannot run here, with the reason, and the environment of all others
 */
export async function prerequisitesOf(projects) {
  const { ensureChromium, ensureRedisServer, ensureVulkan } = await import('../../../apps/cli/dist/index.js');
  const say = (line) => console.log(`rankforge: ${line}`);
  const missing = new Map();
  const environment = { ...process.env };
  if (projects.length > 0) await ensureRedisServer(say);
  if (projects.includes('browser')) {
    try {
      environment.CHROMIUM_PATH = await ensureChromium(say);
    } catch (error) {
      missing.set('browser', error.message);
    }
  }
  if (projects.includes('peft')) {
    // Without a driver the suite skips WebGPU itself, and says so again.
    await ensureVulkan(say).catch((error) => say(`no Vulkan driver for the WebGPU tests: ${error.message}`));
  }
  return { missing, environment };
}
