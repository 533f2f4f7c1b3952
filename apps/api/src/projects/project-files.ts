import { mkdir, realpath } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { defaultProject, ownFolders, type ProjectName } from '@rankforge/contracts';
import { DatasetError, underRoot } from '@rankforge/tasks';

const closed: readonly string[] = Object.values(ownFolders);

/**
 * The real path of a file or folder that a request names. Paths of a project lie under `projects/NAME` of the data
 * folder; those of the default project under the data folder itself, less what is the platform's or other projects'.
 *
 * @throws DatasetError when it is outside of that, or not there
 */
export async function projectFile(project: ProjectName, dataDir: string, path: string): Promise<string> {
  if (project.id !== defaultProject.id) {
    const root = join(dataDir, ownFolders.projects, project.name);
    await mkdir(root, { recursive: true });
    return underRoot(root, path);
  }
  const real = await underRoot(dataDir, path);
  const from = relative(await realpath(dataDir), real);
  // The data folder as a whole holds what is closed as well.
  if (from !== '' && !closed.includes(from.split(sep)[0]!)) return real;
  throw new DatasetError(path, undefined, '/path', `is not open to data sets: ${closed.join(', ')} are the platform's`);
}
