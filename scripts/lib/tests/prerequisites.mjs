import { hasInteropPython } from '../interop-python.mjs';

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
  const untested = [];
  const leaveUntested = (line) => {
    untested.push(line);
    say(`NOT TESTED: ${line}`);
  };
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
  const folder = enginesFolder();
  const hasEngine = (await addedEngine(folder)) !== undefined && isCurrentEngine(folder);
  if (withEngine.some((name) => projects.includes(name)) && !hasEngine) {
    leaveUntested(
      `engine tensorflow, which this version did not add to ${folder}: add it with \`npm run rankforge -- engine add tensorflow\``,
    );
  }
  if (withTorch.some((name) => projects.includes(name)) && (await currentTorch(folder)) === undefined) {
    leaveUntested(
      `engine torch, which this version did not add to ${folder}: add it with \`npm run rankforge -- engine add torch\``,
    );
  }
  if (projects.includes('e2e') && !hasInteropPython()) {
    leaveUntested(
      'a script with a Trainer of transformers, which needs a Python that has it: `npm run test:interop` makes one, and RANKFORGE_PYTHON names another',
    );
  }
  return { missing, chromium, untested };
}
