/** @file A run in each row of a table, or in each line or item of JSON. */
import { basename, extname } from 'node:path';
import { readRuns } from '../read-runs.js';
import { settingsText } from '../settings-text.js';
import type { RunFormat } from './format.js';

const endings = ['.csv', '.json', '.jsonl', '.ndjson'];

export const table: RunFormat = {
  holds: `a table of runs (${endings.join(', ')})`,
  find: async (path) => (endings.includes(extname(path).toLowerCase()) ? [path] : []),
  async read(files) {
    const runs = (await Promise.all(files.map(readRuns))).flat();
    const task = files.map((file) => basename(file, extname(file))).join(', ');
    return [{ task, runs, remarks: settingsText(runs.map(({ run }) => run)) }];
  },
};
