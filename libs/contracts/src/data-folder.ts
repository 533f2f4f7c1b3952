/** @file The data folder, which the API and the workers of an installation share. */

/**
 * Folders of the data folder that are the platform's own, or of projects. Paths into them are made of these names, and none
 * of them is open to data sets that are named by their path.
 */
export const ownFolders = {
  artifacts: 'artifacts',
  calibrations: 'calibrations',
  cassettes: 'cassettes',
  digests: 'digests',
  engines: 'engines',
  projects: 'projects',
  synonyms: 'synonyms',
  uploads: 'uploads',
} as const;
