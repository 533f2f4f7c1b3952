/** @file Reads the file of a site where it stays, and says what others may know of it. */
import type { DatasetReport } from '@rankforge/contracts';
import { DatasetError } from './dataset-error.js';
import type { ReadOptions } from './example.js';
import { canRead } from './formats.js';
import { importDataset } from './import.js';
import { formOf, importable } from './mapping.js';
import { keepSiteKey } from './site-keys.js';
import { digestOf, SiteCard } from './sites.js';

/**
 * Reads the file of a site, as `importDataset` does, and keeps it where the site wants it, with the secret by which the site masks its
 * messages. Classes have to be named: those of all sites are the same, in the same order, whether or not this one has examples of each.
 *
 * @returns the card, which tells nothing else of the examples, and the site's own report
 * @throws DatasetError naming file, place and field
 */
export async function prepareSite(
  { site, ...options }: Omit<ReadOptions, 'ofSite'> & { site: string },
  out: string,
): Promise<{ card: SiteCard; report: DatasetReport }> {
  const { source, mapping } = options;
  const refused = (field: string, problem: string) => new DatasetError(source.name, undefined, field, problem);
  const named = SiteCard.shape.site.safeParse(site);
  if (!named.success) throw refused('/site', `the site "${site}": ${named.error.issues[0]!.message}`);
  const objective = importable.find(({ name }) => name === mapping.objective);
  if (objective && !canRead('sites', formOf(objective))) {
    throw refused(
      '/mapping/objective',
      `of texts with a class alone may examples lie at sites, got ${mapping.objective}`,
    );
  }
  if (!mapping.classes)
    throw refused('/mapping/classes', 'name the classes, which are those of all sites in one order');
  const publicKey = await keepSiteKey(out);
  const { head, report } = await importDataset({ ...options, ofSite: true }, out);
  const card: SiteCard = {
    format: 'rankforge-site-1',
    site,
    objective: head.objective,
    classes: head.classes!,
    sha256: await digestOf(out),
    publicKey,
    examples: report.examples,
  };
  return { card, report };
}
