/** @file Setup of suites with real processes: what the programs of a platform logged last, under a test that failed. */
import { beforeEach } from 'vitest';
import { logsOfPlatforms } from './platform.js';

beforeEach(({ onTestFailed }) => {
  onTestFailed(async () => console.error(await logsOfPlatforms()));
});
