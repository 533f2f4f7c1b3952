// Says that it runs by a file, and answers once another is there.
import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';

writeFileSync(`${workerData.file}.running`, '');
while (!existsSync(workerData.file)) await sleep(5);
parentPort.postMessage({ done: workerData.name });
