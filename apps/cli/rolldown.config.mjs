import { defineConfig } from 'rolldown';

/**
 * The estimate in one file. The command that asks no server is over in less time than its five hundred modules take to be found, one
 * by one. Packages stay where they are but for zod, which is a hundred modules.
 */
export default defineConfig({
  input: 'dist/local/estimate-library.js',
  platform: 'node',
  external: (id) => !/^[./]|^zod|^@rankforge\//.test(id),
  output: { file: 'dist/estimate-library.bundle.js', format: 'esm' },
});
