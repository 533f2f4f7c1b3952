/**
 * @file Programs that begin again and again, and the command that asks no server, as one file each: the modules of one, up to a
 * thousand, found one by one, take about a second of the processor. `rolldown.config.mjs` makes the files.
 */

/**
 * What makes estimates, with what it uses of packages: it takes less time to make one than to load what makes it. Short, since it is
 * read whole each time. The first is of the command `estimate`, the second is that command as a program that installs alone.
 */
export const estimates = [
  { input: 'apps/cli/dist/local/estimate-library.js', file: 'apps/cli/dist/estimate-library.bundle.js' },
  { input: 'apps/cli/dist/estimate-program.js', file: 'packages/estimate/dist/estimate.js' },
];

/** API and worker, and scripts of other processes; the file of each lies beside its own module. */
export const programs = [
  'apps/api/dist/program',
  'apps/worker/dist/program',
  'apps/worker/dist/trainer/child',
  'apps/api/dist/computing/child',
  'apps/api/dist/adapters/export-child',
  'apps/api/dist/sweeps/length-child',
  'apps/api/dist/trials/examples/examples-child',
  'apps/api/dist/adapters/read-child',
  'apps/api/dist/datasets/import-child',
].map((path) => ({ input: `${path}.js`, file: `${path}.bundle.js` }));
