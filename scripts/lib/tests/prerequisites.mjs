/** Projects with tests that run on the engine that can be added. */
const withEngine = ['peft', 'peft-isolated', 'e2e'];
/** Projects with tests that run on the runner of torch. */
const withTorch = ['worker', 'e2e'];

/**
 * What the tests need of the system, installed now, so that no test waits for a package manager.
 * @returns steps that cannot run here, with the reason; the path of Chromium, if it was asked for; and what the others leave untested
 */
export async function prerequisitesOf(projects) {
  const { addedEngine, currentTorch, enginesFolder, ensureChromium, ensureRedisServer, ensureVulkan, isCurrentEngine } =
    await import('../../../apps/cli/dist/index.js');
  const say = (line) => console.log(`rankforge: ${line}`);
  const missing = new Map();
  let chromium;
  if (projects.length > 0) await ensureRedisServer(say);
  if (projects.includes('browser')) {
    try {
      chromium = await ensureChromium(say);
    } catch (error) {
      missing.set('browser', error.message);
    }
  }
  if (projects.includes('peft')) {
    // Without a driver the suite skips WebGPU itself, and says so again.
    await ensureVulkan(say).catch((error) => say(`no Vulkan driver for the WebGPU tests: ${error.message}`));
  }
  const untested = [];
  const folder = enginesFolder();
  const hasEngine = (await addedEngine(folder)) !== undefined && isCurrentEngine(folder);
  if (withEngine.some((name) => projects.includes(name)) && !hasEngine) {
    untested.push(
      `engine tensorflow, which this version did not add to ${folder}: add it with \`npm run rankforge -- engine add tensorflow\``,
    );
    say(`NOT TESTED: ${untested.at(-1)}`);
  }
  if (withTorch.some((name) => projects.includes(name)) && (await currentTorch(folder)) === undefined) {
    untested.push(
      `engine torch, which this version did not add to ${folder}: add it with \`npm run rankforge -- engine add torch\``,
    );
    say(`NOT TESTED: ${untested.at(-1)}`);
  }
  return { missing, chromium, untested };
}
