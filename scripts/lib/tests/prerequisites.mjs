import { hasInteropPython } from '../interop-python.mjs';

/** Projects with tests that run on the engine that can be added. */
const withEngine = ['peft', 'peft-isolated', 'e2e'];
/** Projects with tests that run on the runner of torch. */
const withTorch = ['worker', 'e2e'];

/**
 * What the tests need of the system, installed now, so that no test waits for a package manager.
 * @returns steps that cannot run here, with the reason; the path of Chromium, if it was asked for; and lines about what the others
 *   test by, or leave untested
 */
export async function prerequisitesOf(projects) {
  const { addedEngine, currentTorch, enginesFolder, ensureChromium, ensureRedisServer, ensureVulkan, isCurrentEngine } =
    await import('../../../apps/cli/dist/index.js');
  const say = (line) => console.log(`rankforge: ${line}`);
  const told = [];
  const tell = (line) => {
    told.push(line);
    say(line);
  };
  const leaveUntested = (line) => tell(`NOT TESTED: ${line}`);
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
  if (withTorch.some((name) => projects.includes(name))) {
    const lines = linesOfTorch(await currentTorch(folder), folder);
    for (const line of lines.tested) tell(line);
    for (const line of lines.untested) leaveUntested(line);
  }
  if (projects.includes('e2e') && !hasInteropPython()) {
    leaveUntested(
      'a script with a Trainer of transformers, which needs a Python that has it: `npm run test:interop` makes one, and RANKFORGE_PYTHON names another',
    );
  }
  return { missing, chromium, told };
}

/** What the tests of the runner of torch run by, and what of it they leave out. */
export function linesOfTorch(added, folder) {
  const add = '`npm run rankforge -- engine add torch`';
  if (!added) {
    return { tested: [], untested: [`engine torch, which this version did not add to ${folder}: add it with ${add}`] };
  }
  const has = added.releases.some((release) => release.startsWith('bitsandbytes=='));
  const releases = added.releases.join(', ');
  return {
    tested: [`engine torch is tested ${has ? 'with' : 'without'} bitsandbytes, by ${added.python}: ${releases}`],
    untested: has
      ? []
      : [
          `torch on bases in int8 and nf4, and its optimizers lion and adam-8bit: ${added.python} has no bitsandbytes; install it there, then ${add} with --again`,
        ],
  };
}
