import { resolve } from 'node:path';
import { defineConfig } from 'rolldown';
import { estimates, programs } from './scripts/lib/bundles.mjs';
import { licences } from './scripts/lib/licences.mjs';
import { ownAddresses } from './scripts/lib/own-addresses.mjs';

const [library] = estimates;

/** The code of this repository, and zod: other packages of programs are found where they are installed. */
const inside = /^(\.|\/|@rankforge\/|zod$)/;

export default defineConfig([
  ...estimates.map(({ input, file }) => ({
    input,
    platform: 'node',
    // Modules before CommonJS: what of these is not used is left out.
    resolve: {
      mainFields: ['module', 'main'],
      // The program has the modules themselves instead of the file that is made of them.
      alias: { '@rankforge/cli/estimate-library': resolve(library.input) },
    },
    plugins: [licences],
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
