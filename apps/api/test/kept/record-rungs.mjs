/**
 * Records the rungs of learning rates of MiniLM on SpamAssassin, with the engine `tensorflow`, for the replay of `rungs.test.ts`: the
 * settings of the bench `makespan`. Takes a processor minute a training.
 *
 *     npm run bases:real -- minilm-l6 && npm run rankforge -- engine add tensorflow
 *     node apps/api/test/kept/record-rungs.mjs apps/api/test/kept/rungs.json
 */
import { writeFileSync } from 'node:fs';
import { loadBaseModel } from '@rankforge/bases';
import { enginesFolder, modelsFolder } from '@rankforge/cli';
import { evaluate, findMethod, findOptimizer, judgedBy, layerNames, openEngine, train } from '@rankforge/peft';
import { findTask } from '@rankforge/tasks';

const [file] = process.argv.slice(2);
const methods = ['ia3', 'pissa', 'rslora'];
const rates = [1e-4, 1e-3, 1e-2];
const ends = [20, 60];

const engine = await openEngine('tensorflow', { enginesFolder: enginesFolder(), threads: 1 });
const { model, tokenizer } = await loadBaseModel(`${modelsFolder()}/minilm-l6`);
const data = await findTask('spam-assassin').load({ ...tokenizer, sequenceLength: 64 });
const rung = judgedBy(data, 132);
const targets = layerNames(model.config).filter((name) => name === 'query' || name === 'value');
const adamw = findOptimizer('adamw');
const whole = { schedule: 'cosine', warmupSteps: 0, clipNorm: 1, steps: 100, batchSize: 16, targets };

const trainings = [];
for (const name of methods) {
  for (const learningRate of rates) {
    const method = findMethod(name);
    const config = method.usesRank ? { rank: 8 } : {};
    const optimizer = adamw.build(adamw.config.parse({}));
    let resume;
    for (const until of ends) {
      const options = { ...whole, learningRate, seed: 0 };
      const of = { engine, model, method, config, optimizer, data, options, until, validationExamples: 1 };
      const { adapter, checkpoint } = await train({ ...of, ...(resume && { resume }) });
      resume = checkpoint;
      const scored = await evaluate({ model, method, adapter, data: rung, split: 'validation', batchSize: 16 });
      const { accuracy } = scored.examples;
      trainings.push({
        method: name,
        learningRate,
        until,
        loss: Number(scored.metrics.loss.toPrecision(6)),
        right: Array.from(accuracy).join(''),
      });
    }
  }
}
writeFileSync(file, `${JSON.stringify(trainings, null, 1)}\n`);
