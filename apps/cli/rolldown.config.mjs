import { defineConfig } from 'rolldown';

/**
 * The estimate in one file, with what it uses of packages. The command that asks no server is over in less time than its five hundred
 * modules take to be found, one by one, and a package of CommonJS to be searched for the names that it exports.
 */
export default defineConfig({
  input: 'dist/local/estimate-library.js',
  platform: 'node',
  // Modules before CommonJS: what of these is not used is left out.
  resolve: { mainFields: ['module', 'main'] },
  output: {
    file: 'dist/estimate-library.bundle.js',
    format: 'esm',
    // Node.js reads it all before it runs any of it. Names stay, for what an error says of its place.
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
  },
});
