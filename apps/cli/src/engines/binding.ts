/**
 * @file The binding between Node and libtensorflow, compiled on this machine: sources of tfjs-node, and operations of Rankforge's own
 * in `apps/cli/engines/tensorflow/kernels`.
 */
import { mkdir, readdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { CommandError, exitCode } from '../exit-codes.js';
import { ensureProgram, findProgram } from '../local/system-packages.js';

/** Kinds of processor that formulas over arrays are compiled for, by the table that each gives: see kernels/formulas.h. */
const processors = {
  forAnyProcessor: [],
  forAvx2: ['-march=haswell'],
  forAvx512: ['-march=skylake-avx512', '-mprefer-vector-width=512'],
};
/** The compiler may reorder sums and products for vector instructions. Nothing but formulas is compiled so. */
const reordering = ['-O3', '-ffast-math'];

const libraries = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];

export function ensureCompiler(onProgress: (line: string) => void): Promise<string> {
  return ensureProgram(
    {
      find: () => findProgram(['g++', 'clang++']),
      pkg: { apt: 'g++', brew: 'gcc' },
      missing: 'A C++ compiler makes the binding of TensorFlow, and neither g++ nor clang++ was found: install g++.',
    },
    onProgress,
  );
}

/**
 * Compiles the binding of a package and puts it, with the libraries it links, where the package looks for it.
 *
 * TensorFlow loads the libraries of NVIDIA by name when it looks for a GPU. The binding links them, so that they are there by
 * then without a library path in the environment.
 *
 * @param options.modules folder `node_modules` that holds the package and `node-api-headers`
 * @param options.kernels folder of the sources of Rankforge's own operations
 * @param options.tensorflow folder `tensorflow` of the wheel, with `include/` and the libraries, which are moved
 * @param options.nvidia folder `nvidia` of NVIDIA's wheels, which is moved; omitted: none is linked
 * @throws CommandError with the compiler's last lines: the sources are pinned or of this version, so that the machine lacks nothing.
 */
export async function compileBinding(options: {
  compiler: string;
  modules: string;
  package: string;
  kernels: string;
  tensorflow: string;
  nvidia?: string;
}): Promise<void> {
  const { compiler, modules, kernels, tensorflow } = options;
  const home = join(modules, options.package);
  const binding = join(home, 'lib/napi-v8/tfjs_binding.node');
  const linked = join(home, 'deps/lib');
  await Promise.all([mkdir(dirname(binding), { recursive: true }), mkdir(linked, { recursive: true })]);
  for (const library of libraries) await rename(join(tensorflow, library), join(linked, library));
  if (options.nvidia) await rename(options.nvidia, join(home, 'deps/nvidia'));
  const nvidia = options.nvidia ? await nvidiaLibraries(join(home, 'deps/nvidia')) : [];
  const include = [join(modules, 'node-api-headers/include'), join(tensorflow, 'include'), home, dirname(home)];
  const compile = async (args: readonly string[]) => {
    const shared = ['-std=c++17', '-fPIC', '-w', ...args];
    const result = await execa(compiler, shared, { reject: false, all: true });
    if (result.exitCode === 0) return;
    const said = (result.all ?? '').trim().split('\n').slice(-8).join('\n');
    const message = `${compiler} could not compile the binding of TensorFlow:\n${said}`;
    throw new CommandError(message, exitCode.unexpected, { cause: result });
  };
  const objects: string[] = [];
  for (const [table, instructions] of Object.entries(processors)) {
    const object = join(tensorflow, `${table}.o`);
    const source = join(kernels, 'formulas.cc');
    await compile([...reordering, ...instructions, `-DRANKFORGE_PROCESSOR=${table}`, '-c', source, '-o', object]);
    objects.push(object);
  }
  await compile([
    ...['-O2', '-shared', '-DNAPI_VERSION=8', '-DBUILDING_NODE_EXTENSION'],
    ...include.map((folder) => `-I${folder}`),
    ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((file) => join(home, 'binding', file)),
    ...['operations.cc', 'signals.cc', 'tiles.cc'].map((file) => join(kernels, file)),
    ...['TFE_Execute', 'TFE_NewContext'].map((symbol) => `-Wl,--wrap=${symbol}`),
    ...objects,
    ...['-o', binding, `-L${linked}`, '-Wl,-rpath,$ORIGIN/../../deps/lib'],
    ...libraries.map((library) => `-l:${library}`),
    '-Wl,--no-as-needed',
    ...nvidia.flatMap(({ part, file }) => [
      `-L${join(home, 'deps/nvidia', part, 'lib')}`,
      `-Wl,-rpath,$ORIGIN/../../deps/nvidia/${part}/lib`,
      `-l:${file}`,
    ]),
  ]);
}

/** Shared libraries by the part of CUDA that they belong to. */
async function nvidiaLibraries(folder: string): Promise<{ part: string; file: string }[]> {
  const parts = await readdir(folder, { withFileTypes: true });
  const found = parts
    .filter((part) => part.isDirectory())
    .map(async ({ name: part }) => {
      const files = await readdir(join(folder, part, 'lib')).catch(() => []);
      return files.filter((file) => /\.so\.\d+$/.test(file)).map((file) => ({ part, file }));
    });
  return (await Promise.all(found)).flat();
}
