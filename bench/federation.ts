import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { byDirichlet, type FederationResult, federate, findStrategy } from '@rankforge/federated';
import {
  createRandom,
  evaluate,
  findMethod,
  findOptimizer,
  loadBase,
  openEngine,
  openTokenizer,
  type TaskData,
} from '@rankforge/peft';
import { findTask } from '@rankforge/tasks';
import type { Bench, Cell } from './bench.js';
import { runFlower } from './support/flower.js';

/** Seeds, unless RANKFORGE_FEDERATION_SEEDS names others. */
const seeds = (process.env.RANKFORGE_FEDERATION_SEEDS ?? '0,1,2').split(',').map(Number);
/** Strategies of the arms, unless RANKFORGE_FEDERATION_STRATEGIES names some. */
const wanted = process.env.RANKFORGE_FEDERATION_STRATEGIES?.split(',');
const rounds = 10;
const localSteps = 8;
const sequenceLength = 64;

interface Arm {
  strategy: string;
  method: string;
  rank: number;
  config?: object;
}

const lora = { method: 'lora', rank: 8 };
const arms: readonly Arm[] = [
  { strategy: 'pooled', ...lora },
  { strategy: 'fedavg', ...lora },
  { strategy: 'fedprox', ...lora },
  { strategy: 'fedavgm', ...lora, config: { momentum: 0.5 } },
  { strategy: 'scaffold', ...lora },
  { strategy: 'stack', ...lora },
  { strategy: 'svd', ...lora },
  { strategy: 'lora-fair', ...lora },
  { strategy: 'lora-fair', ...lora, config: { discrepancy: 'cosine' } },
  { strategy: 'sparse', ...lora },
  { strategy: 'fedavg', method: 'ffa-lora', rank: 8 },
  { strategy: 'fedavg', method: 'lora-sb', rank: 8 },
  { strategy: 'fedavg', method: 'lora-sb', rank: 32 },
  { strategy: 'median', ...lora },
  { strategy: 'local-only', ...lora },
];

const bench: Bench = {
  title:
    'Federations of six clients of SpamAssassin, mixtures of classes by Dirichlet(1): accuracy on the whole test split, bytes, aggregation error',
  async run() {
    const engine = await openEngine('wasm');
    const model = await loadBase(fileURLToPath(new URL('../../models/nano-sotu', import.meta.url)));
    const data = await findTask('spam-assassin')!.load({ ...openTokenizer(model.tokenizer), sequenceLength });
    const labels = [...data.train.batch(Array.from({ length: data.train.size }, (_, index) => index)).targets];
    const clients = byDirichlet(labels, { clients: 6, beta: 1, random: createRandom('federation') });
    const { build, config } = findOptimizer('adamw');
    const accuracy = async (arm: Arm, adapter: Uint8Array) =>
      (await evaluate({ model, method: findMethod(arm.method), adapter, data, split: 'test', batchSize: 16 })).metrics
        .accuracy!;
    const rows: Cell[][] = [];
    for (const arm of arms.filter(({ strategy }) => wanted?.includes(strategy) ?? true)) {
      const scores: number[] = [];
      let seconds = 0;
      let last: FederationResult | undefined;
      for (const seed of seeds) {
        const ends: number[] = [];
        last = await federate({
          engine,
          model,
          data: withoutValidation(data),
          method: findMethod(arm.method),
          config: { rank: arm.rank },
          optimizer: build(config.parse({})),
          clients,
          strategy: findStrategy(arm.strategy),
          strategyConfig: arm.config,
          federation: { rounds, localSteps },
          options: { learningRate: 1e-2, schedule: 'constant', batchSize: 8, seed },
          onEvent: ({ type }) => {
            if (type === 'round') ends.push(performance.now());
          },
        });
        // Measured like Flower's: from the end of the first round to the end of the last.
        seconds += (ends.at(-1)! - ends[0]!) / 1000;
        const adapters = last.adapter ? [last.adapter] : Object.values(last.adapters!);
        const each = [];
        for (const adapter of adapters) each.push(await accuracy(arm, adapter));
        scores.push(mean(each));
      }
      const { bytes, setUp, history } = last!;
      rows.push([
        [arm.strategy, ...Object.values(arm.config ?? {})].join(' '),
        `${arm.method} r=${arm.rank}`,
        ...scores.map((score) => score.toFixed(3)),
        mean(scores).toFixed(3),
        Math.round((bytes.up - setUp.up) / rounds / 1024),
        Math.round((bytes.down - setUp.down) / rounds / 1024),
        Math.round((setUp.up + setUp.down) / 1024),
        history[0]!.aggregationError?.toFixed(3) ?? null,
        history.at(-1)!.aggregationError?.toFixed(3) ?? null,
        (60 * (rounds - 1) * seeds.length) / seconds,
      ]);
      console.error(rows.at(-1)!.join('  '));
    }
    if (model.config.architecture !== 'gpt2') throw new Error(`the base is no GPT-2 but ${model.config.architecture}`);
    const { vocabularySize: vocabulary, width, layers, heads } = model.config;
    const cores = availableParallelism();
    const flower = await runFlower({
      ...{ clients: clients.size, rounds, steps: localSteps, batch: 8, sequence: sequenceLength, rank: 8 },
      ...{ learningRate: 1e-2, vocabulary, width, layers, heads, cores },
    });
    if (!('absent' in flower)) {
      const none = seeds.map(() => null);
      const kib = [flower.up, flower.down].map((bytes) => Math.round(bytes / 1024));
      const speed = (60 * flower.rounds) / flower.seconds;
      rows.push([`Flower ${flower.flwr}, FedAvg`, 'lora r=8', ...none, null, ...kib, 0, null, null, speed]);
    }
    return {
      columns: [
        'strategy',
        'method',
        ...seeds.map((seed) => `accuracy, seed ${seed}`),
        'mean',
        'KiB up a round',
        'KiB down a round',
        'KiB before',
        'error, first round',
        'error, last round',
        'rounds a minute',
      ],
      rows,
      notes: [
        `${rounds} rounds of ${localSteps} steps at each of ${clients.size} clients, whose examples are ${[...clients.values()].map((part) => `${part.length} (${Math.round((100 * part.filter((index) => labels[index] === 1).length) / part.length)} % spam)`).join(', ')}; batches of 8 × ${sequenceLength} tokens, AdamW at 1e-2, untuned; nano-sotu, query and value.`,
        'Pooled data trains as many steps as one client. Bytes are of all clients together, of encoded messages.',
        'absent' in flower
          ? flower.absent
          : `Flower: its simulation with Ray on ${cores} cores, one for each client that trains at a time; torch ${flower.torch} and peft, a GPT-2 of the same sizes on tokens that are drawn, ${flower.parameters} trained parameters; bytes are of its arrays. Ours: one process, clients in turn. Rounds a minute are those after the first.`,
      ],
    };
  },
};
export default bench;

/** Only the end of a federation is scored, and on the test split. */
const withoutValidation = (data: TaskData): TaskData => ({
  ...data,
  validation: { size: 1, batch: () => data.validation.batch([0]) },
});

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
