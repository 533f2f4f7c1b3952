/** @file Published systems that are to be tried here and are not yet. A line goes when a registry has the system. */

interface Planned {
  title: string;
  arxiv: string;
  as: string;
}

export const planned: readonly Planned[] = [];
