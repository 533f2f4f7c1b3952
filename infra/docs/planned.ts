/** @file Published systems that are to be tried here and are not yet. A line goes when a registry has the system. */

interface Planned {
  title: string;
  arxiv: string;
  as: string;
}

export const planned: readonly Planned[] = [
  {
    title: 'Rankify: A Comprehensive Python Toolkit for Retrieval, Re-Ranking, and Retrieval-Augmented Generation',
    arxiv: '2502.02464',
    as: 'procedures and files',
  },
  {
    title: 'CRUD-RAG: A Comprehensive Chinese Benchmark for Retrieval-Augmented Generation of Large Language Models',
    arxiv: '2401.17043',
    as: 'tasks and measures',
  },
];
