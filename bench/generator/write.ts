/** @file One way to run a model that writes, in a process of its own: reads its order as JSON from the arguments, and prints what it took. */
import { join } from 'node:path';
import { loadBaseModel } from '@rankforge/bases';
import { baseGenerator, openGguf } from '@rankforge/generators';
import { type Generator, openEngine } from '@rankforge/peft';

export interface WriterOrder {
  engine: 'wasm' | 'tensorflow' | 'llama';
  threads: number;
  modelsFolder: string;
  enginesFolder: string;
  model: string;
  prompt: string;
  /** Tokens that are written after the first. */
  written: number;
  rounds: number;
}

/** Milliseconds that passed, and those of all processors. */
export interface Spent {
  wall: number;
  cpu: number;
}

export interface WriterTimes {
  read: number;
  written: number;
  text: string;
  /** Times of each round: the prompt with the first token, and the tokens after it. */
  prompt: Spent[];
  after: Spent[];
  peakMiB: number;
}

async function opened(order: WriterOrder): Promise<Generator> {
  const { engine, threads, modelsFolder, enginesFolder, model: name } = order;
  const facts = { name, template: 'plain' as const };
  if (engine === 'llama') {
    const file = join(modelsFolder, `${name}.gguf`);
    return openGguf({ ...facts, file, sha256: '0'.repeat(64), context: 1024, enginesFolder, threads });
  }
  await openEngine(engine, { enginesFolder, threads });
  return baseGenerator({
    ...facts,
    ...(await loadBaseModel(join(modelsFolder, name))),
    sha256: '0'.repeat(64),
    engine,
  });
}

const order = JSON.parse(process.argv[2]!) as WriterOrder;
const generator = await opened(order);
const asked = { temperature: 0, seed: 0, stop: [] };

async function timed(maxTokens: number) {
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  const { text, usage } = await generator.generate(order.prompt, { ...asked, maxTokens });
  const { user, system } = process.cpuUsage(cpu);
  return { text, ...usage.tokens!, wall: performance.now() - began, cpu: (user + system) / 1000 };
}

await timed(2); // Kernels are made and caches filled at the first call.
const times: Pick<WriterTimes, 'prompt' | 'after'> = { prompt: [], after: [] };
let last = await timed(1);
for (let round = 0; round < order.rounds; round++) {
  const { wall, cpu } = await timed(1);
  last = await timed(1 + order.written);
  times.prompt.push({ wall, cpu });
  times.after.push({ wall: last.wall - wall, cpu: last.cpu - cpu });
}
const { read, written, text } = last;
const peakMiB = Math.round(process.resourceUsage().maxRSS / 1024);
process.stdout.write(`${JSON.stringify({ ...times, read, written: written - 1, text, peakMiB })}\n`);
process.exit(0);
