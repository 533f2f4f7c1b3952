/** @file Reads the test split once by a runner, with the adapter of a trained trial. */
import {
  type Evaluation,
  exportAdapter,
  findMethod,
  lossOfRunner,
  readAdapter,
  scoresOfRead,
  splitFile,
} from '@rankforge/peft';
import type { TrialRunner } from '../kinds/kind.js';
import { baseForRunner } from './base.js';
import { endingOf, inConversation } from './conversation.js';
import { Workplace } from './workplace.js';
import { threadsOf } from './written-order.js';

export const score: TrialRunner = {
  async run(order, prepared, tools) {
    const { model, data, trivial } = prepared;
    const { spec } = order;
    if (!order.adapter) throw new Error(`trial ${order.trialId} scores an adapter, and none was given`);
    const started = performance.now();
    const adapter = await tools.store.read(order.adapter.sha256);
    const { devices } = spec.training;
    const { classes = null } = readAdapter(adapter).info;
    const method = findMethod(spec.method);
    const files = await exportAdapter({ model, method, adapter, format: 'peft', baseName: 'base' });
    const workplace = await Workplace.open(tools.session.scratch);
    let scores: Evaluation | undefined;
    try {
      const ended = await tools.turn.away(async () =>
        inConversation(
          order,
          tools,
          {
            type: 'score',
            base: await baseForRunner(order, prepared, tools),
            task: { loss: lossOfRunner(data.objective)!, outputs: classes },
            adapter: await workplace.writeFolder('adapter', files),
            data: { test: await workplace.write('test.safetensors', splitFile(data.test)) },
            microBatch: spec.training.batchSize,
            device: { kind: 'cpu', uuid: null, threads: threadsOf(tools.session.threads, devices) },
            ...(devices && { devices }),
            workdir: workplace.workdir,
          },
          async (line) => {
            if (line.type === 'evaluated') scores = scoresOfRead(data, data.test, await workplace.read(line.file));
            return undefined;
          },
        ),
      );
      const ending = endingOf(order, ended);
      if ('kind' in ending) return ending;
      if (ending.outcome === 'stopped') return { kind: 'stopped' };
      if (!scores) throw new Error('the runner completed without scores');
      const reference = trivial();
      return {
        kind: 'succeeded',
        step: order.adapter.step,
        result: {
          test: scores.metrics,
          ...(reference && { trivial: reference }),
          forgetting: { measured: false, reason: `${spec.engine} scores the examples of the task alone` },
          seconds: (performance.now() - started) / 1000,
        },
        exampleScores: Object.fromEntries(
          Object.entries(scores.examples).map(([name, own]) => [name, Array.from(own)]),
        ),
      };
    } finally {
      await workplace.close();
    }
  },
};
