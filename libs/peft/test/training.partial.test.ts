/** @file Partial fine-tuning: which parameters it trains, and that their gradients are those of full fine-tuning. */
import { expect, it } from 'vitest';
import { differentiate, disposeGradients } from '../src/engine/autograd.js';
import { baseParameters } from '../src/models/config.js';
import { readModelConfig } from '../src/models/huggingface.js';
import { findMethod } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { inject } from '../src/training/inject.js';
import { objectiveOf } from '../src/training/loss.js';
import { expectClose } from './support/close.js';
import { openedBase } from './support/opened-engine.js';
import { targets, tinyData } from './support/tiny-model.js';

const on = openedBase();
const method = findMethod('partial-ft');
const layers = ['attention.query', 'attention.key', 'attention.value', 'attention.output', 'mlp.fc_in', 'mlp.fc_out'];
const second = [
  ...layers.flatMap((layer) => [`blocks.1.${layer}.kernel`, `blocks.1.${layer}.bias`]),
  ...['norm_1', 'norm_2'].flatMap((norm) => [`blocks.1.${norm}.gain`, `blocks.1.${norm}.bias`]),
  'norm_final.gain',
  'norm_final.bias',
];

/** Gradients of one batch of next tokens, by path. */
function gradientsOf(name: string, config: object): Map<string, Float32Array> {
  const own = findMethod(name);
  const trial = inject({
    base: on.base,
    method: own,
    config: own.config.parse(config),
    targets,
    random: createRandom(1),
  });
  const objective = objectiveOf('language-modelling');
  const batch = tinyData.train.batch([0, 1]);
  const { value, gradients } = differentiate(trial.trained(), () =>
    objective.loss(on.base.config, batch, trial.access(), objective.count(batch)),
  );
  const read = new Map([...gradients].map(([path, tensor]) => [path, tensor.dataSync() as Float32Array]));
  disposeGradients(gradients);
  value.dispose();
  trial.dispose();
  return read;
}

it('trains the blocks from `frozen` on and the final norm, with the gradients of full fine-tuning', () => {
  const whole = gradientsOf('full-ft', {});
  const part = gradientsOf('partial-ft', { frozen: 1 });
  expect([...part.keys()].sort()).toEqual([...second].sort());
  for (const [path, gradient] of part) expectClose(gradient, whole.get(path)!, 1e-6, path);
});

it('trains all but the embeddings where no block is frozen', () => {
  const trained = [...gradientsOf('partial-ft', { frozen: 0 }).keys()];
  const others = baseParameters(on.base.config).filter(({ path }) => !trained.includes(path));
  expect(others.map(({ path }) => path)).toEqual(['embedding.tokens', 'embedding.positions']);
});

it('freezes the norm of the embeddings of an encoder, and trains its pooler', () => {
  const config = readModelConfig({
    ...{ model_type: 'bert', vocab_size: 20, hidden_size: 8, num_hidden_layers: 2, num_attention_heads: 2 },
    ...{ intermediate_size: 16, max_position_embeddings: 8 },
  });
  const trained = baseParameters(config)
    .filter((parameter) => method.trainsBase!({ ...parameter, targeted: false }, { frozen: 2 }))
    .map(({ path }) => path);
  expect(trained).toEqual(['pooler.kernel', 'pooler.bias']);
});

it('refuses fewer than no frozen blocks', () => {
  expect(method.config.safeParse({ frozen: -1 }).error?.issues[0]).toMatchObject({ path: ['frozen'] });
});
