// Says that it runs by a file that holds its id, and answers once another is there. Names of jobs make it die in other ways.
import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const deaths = {
  dies: () => process.exit(7),
  heap: () => Array.from({ length: 2_000_000_000 }, (_, index) => index % 2 === 0),
  async memory() {
    for (const held = []; ; await sleep(1)) held.push(Buffer.alloc(4 << 20, 1));
  },
};

process.once('message', async ({ name, file }) => {
  writeFileSync(`${file}.running`, String(process.pid));
  await deaths[name]?.();
  while (!existsSync(file)) await sleep(5);
  process.send({ done: name }, () => process.disconnect());
});
