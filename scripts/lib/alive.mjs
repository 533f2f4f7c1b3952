/** A thread that says every so often that a stage still runs: whoever began the stage waits for it, and can say nothing. */
import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';

const { what, everyMs } = workerData;
const started = Date.now();
setInterval(() => {
  try {
    // To the file itself: standard error of a thread goes through the one that waits.
    writeSync(2, `rankforge: ${what}: ${Math.round((Date.now() - started) / 1000)} s so far\n`);
  } catch {
    // Nobody reads it any more, or not now.
  }
}, everyMs);
