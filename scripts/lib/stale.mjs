/** Finds what is older than its sources. Every command asks it first: it loads nothing else, and reads no more than times. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { root } from './root.mjs';

/** Written when all is built. */
export const built = 'apps/cli/dist/.built';

/** Says which programs are made into one file each, and how. */
export const bundling = [
  'rolldown.config.mjs',
  ...['bundles', 'licences', 'own-addresses'].map((name) => `scripts/lib/${name}.mjs`),
];

/** Whether packages are installed and no source is newer than the last build, as one is after `git pull`. */
export function isBuilt() {
  // npm takes it away first and writes it last.
  if (newest(`${root}/node_modules/.package-lock.json`) === 0) return false;
  return !isStale(built, [...sources(), ...bundling, 'prisma', 'package-lock.json']);
}

/** The folders of sources of all packages. */
export const sources = () =>
  ['apps', 'libs'].flatMap((parent) => readdirSync(`${root}/${parent}`).map((name) => `${parent}/${name}/src`));

/** What the compiler writes of a package behind all else, each time that it brings the package up to date. */
export const compilations = () => sources().map((folder) => folder.replace(/src$/, 'dist/.tsbuildinfo'));

/** Compilations that say nothing is to be done, and have a source of which there is no product. */
export const leftOut = () =>
  sources().flatMap((folder) => {
    const product = folder.replace(/src$/, 'dist');
    if (!existsSync(`${root}/${product}/.tsbuildinfo`)) return [];
    const modules = readdirSync(`${root}/${folder}`, { recursive: true }).filter((file) => /(?<!\.d)\.ts$/.test(file));
    const isMissing = (file) => !existsSync(`${root}/${product}/${file.replace(/ts$/, 'js')}`);
    return modules.some(isMissing) ? [`${product}/.tsbuildinfo`] : [];
  });

/** Whether a product is missing, or a file of its sources is newer. */
export function isStale(product, sources) {
  const made = newest(`${root}/${product}`);
  return made === 0 || sources.some((source) => newest(`${root}/${source}`) > made);
}

/** Latest modification in a file or folder, in milliseconds; 0 when it is not there. */
function newest(path) {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return 0;
  return found.isDirectory() ? newestIn(path, found.mtimeMs) : found.mtimeMs;
}

function newestIn(folder, ownMs) {
  let latest = ownMs;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    const { mtimeMs } = statSync(path);
    latest = Math.max(latest, entry.isDirectory() ? newestIn(path, mtimeMs) : mtimeMs);
  }
  return latest;
}
