/**
 * @file The project that this window acts in, for who may act in every project. A session has one project for all its windows: another one
 * that goes to another project must not take this one along.
 */
import { projectHeader } from '@rankforge/contracts';

/** Session storage is of one window, and stays when its page is loaded again. */
const item = 'rankforge.project';

/** Undefined: that of the session. */
export function actIn(project: string | undefined): void {
  if (project === undefined) window.sessionStorage.removeItem(item);
  else window.sessionStorage.setItem(item, project);
}

/** Headers of a request that acts in a project, whichever the window acts in. */
export const inProject = (name: string): Record<string, string> => ({ [projectHeader]: name });

export function projectHeaders(): Record<string, string> {
  const project = window.sessionStorage.getItem(item);
  return project === null ? {} : inProject(project);
}
