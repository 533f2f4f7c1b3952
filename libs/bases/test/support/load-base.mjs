/** Puts a base model on the wasm device, in a process of its own, and prints the bytes that took. */
import { baseParameters, loadBase, openEngine } from '@rankforge/peft';

const [folder] = process.argv.slice(2);
await openEngine('wasm');
const before = process.memoryUsage().rss;
const base = await loadBase(folder);
let device = 0;
for (const { path, shape } of baseParameters(base.config)) {
  base.acquire(path);
  device += 4 * shape.reduce((product, size) => product * size, 1);
}
// On Linux in kibibytes.
const peak = process.resourceUsage().maxRSS * 1024;
console.log(JSON.stringify({ device, peak: peak - before }));
