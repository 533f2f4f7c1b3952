import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { findTask } from '@rankforge/tasks';
import { execa } from 'execa';
import { type Bench, type Cell, percentile } from './bench.js';
import type { Spent, WriterOrder, WriterTimes } from './generator/write.js';
import { absent, enginesFolder, modelsFolder } from './support/torch.js';

const model = 'smollm2-135m-instruct';
/** Words of the prompt, of Moby-Dick. */
const words = 90;
const written = 8;
const rounds = 3;
/** Counts for engines that start threads; RANKFORGE_BENCH_THREADS names others. */
const threads = (process.env.RANKFORGE_BENCH_THREADS ?? '1').split(',').map(Number);

/** Engines with what they need, and how their weights are kept. */
const writers = [
  { engine: 'wasm', counts: [1], needs: ['smollm2'], weights: 'float32' },
  { engine: 'tensorflow', counts: threads, needs: ['smollm2', 'tensorflow'], weights: 'float32' },
  { engine: 'llama', counts: threads, needs: ['smollm2-gguf', 'llama'], weights: 'Q4_1' },
] as const;

const bench: Bench = {
  title: 'Generators: tokens a second of our engines and of llama.cpp, the same model on the same cores',
  async run() {
    const notes: string[] = [];
    const rows: Cell[][] = [];
    const prompt = await passage();
    let reads = 0;
    let firstText: string | undefined;
    for (const { engine, counts, needs, weights } of writers) {
      const lacking = (await Promise.all(needs.map(absent))).find((reason) => reason !== undefined);
      if (lacking !== undefined) {
        notes.push(`${engine}: ${lacking}`);
        continue;
      }
      for (const count of counts.filter((wanted) => wanted <= availableParallelism())) {
        const of = { engine, threads: count, modelsFolder, enginesFolder, model, prompt, written, rounds };
        const times = await timesOf(of);
        firstText ??= times.text;
        reads = times.read;
        console.error(`${engine}, ${count} thread(s): done`);
        rows.push([engine, weights, count, ...figures(times), times.peakMiB, times.text === firstText ? 'yes' : 'no']);
      }
    }
    notes.push(
      `${model}: a prompt of ${reads} tokens with the first that is written, then ${written} tokens one by one, each the likeliest; medians of ${rounds} rounds after one to warm up, each engine in a process of its own.`,
      'Our engines hold the values of the GGUF file in float32; llama.cpp multiplies its 4-bit blocks with activations of 8 bits. Same text: as the first row wrote.',
    );
    return {
      columns: [
        ...['engine', 'weights', 'threads', 'prompt tokens/s', 'written tokens/s'],
        ...['cpu-ms a prompt token', 'cpu-ms a written token', 'peak MiB', 'same text'],
      ],
      rows,
      notes,
    };
  },
};
export default bench;

async function passage(): Promise<string> {
  const data = await findTask('moby-dick-retrieval')!.load({ encode: () => [], sequenceLength: 1 });
  return data.corpus!.texts.join(' ').split(' ').slice(0, words).join(' ');
}

async function timesOf(order: WriterOrder): Promise<WriterTimes> {
  const program = fileURLToPath(new URL('./generator/write.js', import.meta.url));
  const { stdout } = await execa(process.execPath, [program, JSON.stringify(order)], { stderr: 'inherit' });
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as WriterTimes;
}

function figures({ prompt, after, read, written }: WriterTimes): Cell[] {
  const median = (all: readonly Spent[], of: keyof Spent) =>
    percentile(
      all.map((spent) => spent[of]),
      0.5,
    );
  return [
    (1000 * read) / median(prompt, 'wall'),
    (1000 * written) / median(after, 'wall'),
    median(prompt, 'cpu') / read,
    median(after, 'cpu') / written,
  ];
}
