import { defineConfig } from 'rolldown';

/** The code of this repository and the checks of its messages; other packages are found where they are installed. */
const inside = /^(\.|\/|@rankforge\/|zod$)/;

/**
 * The trainer in one file. A worker starts one for each device and base, and again after each that died: a thousand modules, found
 * one by one, take more than a second of the processor.
 */
export default defineConfig({
  input: 'dist/trainer/child.js',
  platform: 'node',
  external: (id) => !inside.test(id),
  // A package that is only named in what is left out is not loaded.
  treeshake: { moduleSideEffects: 'no-external' },
  // Lines and names stay, for what an error says of its place.
  output: { file: 'dist/trainer.bundle.js', format: 'esm', codeSplitting: false, keepNames: true },
});
