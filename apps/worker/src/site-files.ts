import { constants } from 'node:fs';
import { access } from 'node:fs/promises';

/**
 * Looks whether the files of sites are there, before anything is claimed that needs one.
 *
 * @throws Error naming the site
 */
export async function requireSiteFiles(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [site, file] of Object.entries(files)) {
    await access(file, constants.R_OK).catch((cause: Error) => {
      throw new Error(`RANKFORGE_HOLDS: the file of ${site} cannot be read: ${cause.message}`, { cause });
    });
  }
}
