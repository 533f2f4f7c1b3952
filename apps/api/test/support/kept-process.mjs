// Answers jobs one after the other with its id; one that names a file waits until that is there.
import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

process.once('disconnect', () => process.exit(1));
process.on('message', async ({ name, file }) => {
  if (file) writeFileSync(`${file}.running`, String(process.pid));
  while (file && !existsSync(file)) await sleep(5);
  process.send({ name, pid: process.pid });
});
