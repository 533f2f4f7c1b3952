/** @file Licences of packages that are put into a file: whoever hands the file on hands on these too. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A plugin of the bundler: writes the licences of packages that have code in a file beside it. */
export const licences = {
  name: 'licences',
  generateBundle(_, files) {
    const folders = Object.values(files).flatMap(({ modules = {} }) =>
      Object.entries(modules).flatMap(([id, { renderedLength }]) => (renderedLength > 0 ? packageOf(id) : [])),
    );
    const texts = [...new Set(folders)].sort().map(licenceOf);
    this.emitFile({ type: 'asset', fileName: 'LICENCES.txt', source: texts.join(`\n${'-'.repeat(80)}\n\n`) });
  },
};

/** The folder of the package that a module is in, unless it is of this repository. */
const packageOf = (id) => id.match(/^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/)?.slice(0, 1) ?? [];

/** @throws Error where a package says nothing */
function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  if (file === undefined && license === undefined) throw new Error(`${folder} has no licence`);
  const text = file === undefined ? '' : `\n${readFileSync(join(folder, file), 'utf8')}`;
  return `${name} ${version} (${license})\n${text}`;
}
