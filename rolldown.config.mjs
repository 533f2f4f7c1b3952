import { dirname, relative } from 'node:path';
import { defineConfig } from 'rolldown';
import { estimates, programs } from './scripts/lib/bundles.mjs';

/** The code of this repository, and zod: other packages of programs are found where they are installed. */
const inside = /^(\.|\/|@rankforge\/|zod$)/;

/** Lets a module find what lies beside it by its own address, which the file that it is put into does not have. */
const ownAddresses = (file) => ({
  name: 'own-addresses',
  transform(code, id) {
    if (!code.includes('import.meta.url')) return undefined;
    const own = JSON.stringify(relative(dirname(file), id));
    return { code: code.replaceAll('import.meta.url', `new URL(${own}, import.meta.url).href`), map: null };
  },
});

export default defineConfig([
  ...estimates.map(({ input, file }) => ({
    input,
    platform: 'node',
    // Modules before CommonJS: what of these is not used is left out.
    resolve: { mainFields: ['module', 'main'] },
    output: {
      file,
      format: 'esm',
      codeSplitting: false,
      // Names stay, for what an error says of its place.
      minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
    },
  })),
  ...programs.map(({ input, file }) => ({
    input,
    platform: 'node',
    external: (id) => !inside.test(id),
    // A package that is only named in what is left out is not loaded.
    treeshake: { moduleSideEffects: 'no-external' },
    plugins: [ownAddresses(file)],
    // Lines and names stay, for what an error says of its place.
    output: { file, format: 'esm', codeSplitting: false, keepNames: true },
  })),
]);
