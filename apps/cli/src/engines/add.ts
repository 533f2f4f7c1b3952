/** @file Adds the engine `tensorflow` to an installation: fetched, compiled, proven, and only then put in its place. */
import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { lockFolder } from '../local/lock.js';
import { ensurePip, fetchWheels, unpackWheels } from '../local/wheels.js';
import { type AddedEngine, keep, manifest, wheelsFolder } from './added.js';
import { compileBinding, ensureCompiler } from './binding.js';
import { requireMachine } from './machine.js';
import { installLocked } from './packages.js';
import { proveEngine } from './proof.js';
import { type Recipe, recipes, releasesOf } from './recipe.js';

/** Headers of TensorFlow, and of what they include. */
const headers = ['tensorflow', 'xla', 'tsl', 'absl', 'google', 'Eigen', 'unsupported', 'ml_dtypes'].map(
  (part) => `tensorflow/include/${part}/`,
);

export interface AddOptions {
  /** Folder of engines; the engine gets a folder of its name in it. */
  folder: string;
  onProgress: (line: string) => void;
  recipe: Recipe;
}

/**
 * Everything is made in a folder beside, so that an engine that is there works until the new one has proven itself, and a
 * failure leaves nothing half-made. Wheels that were fetched stay until then, for the next try.
 *
 * @throws LocalSetupError with what this machine lacks or cannot fetch
 * @throws CommandError where it does not compile, or is not sound
 */
export async function addTensorflow({ folder, onProgress, recipe }: AddOptions): Promise<AddedEngine> {
  await mkdir(folder, { recursive: true });
  const unlock = await lockFolder(folder);
  // The proof loads `<made>/tensorflow`, as a trainer loads `<folder>/tensorflow`.
  const made = join(folder, '.made');
  const home = join(made, 'tensorflow');
  const wheels = wheelsFolder(folder, recipe.variant);
  try {
    await rm(made, { recursive: true, force: true });
    await requireMachine(recipe, folder);
    const compiler = await ensureCompiler(onProgress);
    const python = await ensurePip(onProgress);
    await cp(manifest, home, { recursive: true });
    onProgress('fetching the binding from npm');
    await installBinding(home, recipe);
    onProgress(`fetching ${[recipe.tensorflow, ...recipe.libraries].map(({ release }) => release).join(', ')}`);
    const fetched = await fetchWheels(python, [recipe.tensorflow, ...recipe.libraries], wheels);
    onProgress('unpacking the libraries');
    const unpacked = join(made, 'wheels');
    await unpackWheels(python, fetched, unpacked, ['tensorflow/libtensorflow', ...headers, 'nvidia/']);
    onProgress('compiling the binding');
    await compileBinding({
      compiler,
      modules: join(home, 'node_modules'),
      package: recipe.binding,
      kernels: join(home, 'kernels'),
      tensorflow: join(unpacked, 'tensorflow'),
      ...(recipe.libraries.length > 0 && { nvidia: join(unpacked, 'nvidia') }),
    });
    await rm(unpacked, { recursive: true, force: true });
    onProgress('proving it: the same short training on wasm and on it');
    const proof = await proveEngine('tensorflow', made);
    const engine: AddedEngine = {
      name: 'tensorflow',
      variant: recipe.variant,
      releases: releasesOf(recipe),
      addedAt: new Date().toISOString(),
      proof,
    };
    await keep(folder, home, engine);
    await rm(wheels, { recursive: true, force: true });
    return engine;
  } finally {
    await rm(made, { recursive: true, force: true });
    await unlock();
  }
}

async function installBinding(home: string, { binding }: Recipe): Promise<void> {
  await installLocked(home, 'the binding of TensorFlow');
  const others = Object.values(recipes).filter((recipe) => recipe.binding !== binding);
  for (const other of others) await rm(join(home, 'node_modules', other.binding), { recursive: true });
}
