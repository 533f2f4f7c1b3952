// Says that it runs by a file that holds its id, and answers once another is there.
import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

process.once('message', async ({ name, file }) => {
  writeFileSync(`${file}.running`, String(process.pid));
  if (name === 'dies') process.exit(7);
  while (!existsSync(file)) await sleep(5);
  process.send({ done: name }, () => process.disconnect());
});
