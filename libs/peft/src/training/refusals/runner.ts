/** @file Rules about trials that a program beside this library trains: see `EngineTraits.runner`. */
import { traitsOf } from '../../engine/traits.js';
import { actingRank } from '../../method.js';
import { architectureOf, type ModelConfig, modelInput } from '../../models/config.js';
import { storedModules } from '../../models/tensors.js';
import { objectiveFor } from '../../objectives/registry.js';
import { lossOfRunner } from '../../objectives/runner-loss.js';
import type { AskedTrial, Rule } from './rule.js';

/** A rule of trials on such an engine alone. */
const onRunner = (field: Rule['field'], broken: (trial: AskedTrial, engine: string) => string | undefined): Rule => ({
  field,
  broken(trial) {
    const { engine = 'wasm' } = trial;
    const { runner } = traitsOf(engine) as { runner?: object };
    return runner && broken(trial, engine);
  },
});

/** A slot that does something at every step, which Python peft does not do here; undefined where there is none. */
function ownAtSteps({ method, config, plan }: AskedTrial): string | undefined {
  if (actingRank(method, config)) return 'changes ranks between steps';
  if (method.penalty || method.outputPenalty || method.featurePenalty) return 'adds a penalty to the loss';
  if (method.weight?.samples) return 'draws numbers in its forward pass';
  if (method.allocate) return 'gives each layer a rank of its own';
  if (method.synthesis) return 'writes its examples';
  if (plan.adapters.some(({ scope }) => scope === 'group'))
    return 'has tensors that some layers share, and peft others';
  return undefined;
}

/** Whether transformers has a head for whole texts that computes as ours. */
function hasHead(model: ModelConfig): boolean {
  const { vocabularyTable, huggingFace } = architectureOf(model);
  return !vocabularyTable && huggingFace.classifier !== undefined && huggingFace.classifier.computes?.(model) !== false;
}

/** Why peft has no type that trains the method on these layers; undefined where it has. */
function withoutType({ model, method, config, plan, initial }: AskedTrial): string | undefined {
  const { peft: form } = method;
  if (!form || method.sequence || method.tokens) return 'its files hold no such adapter of linear layers';
  if (initial === 'random') return 'training begins from random weights';
  const changed = plan.trainedBase.find(({ kind }) => kind !== 'head');
  if (changed) return `it trains the base model itself, ${changed.path} first`;
  const modules = storedModules(model).flatMap(({ name, conv1d, layers }) => {
    const targeted = layers.flatMap(({ path }) => plan.layers.filter((layer) => layer.path === path));
    return targeted.length > 0 ? [{ name, conv1d, layers, targeted }] : [];
  });
  const fused = modules.find(({ layers }) => layers.length > 1);
  if (fused) return `${fused.name} holds ${fused.layers.map(({ name }) => name).join(', ')} in one module`;
  const turned = modules.find(({ conv1d }) => conv1d);
  if (turned && !form.conv1d) return `${form.type} is for no Conv1D, as ${turned.name} is`;
  const shapes = plan.layers.map(({ shape }) => shape);
  const own = modules.flatMap(({ name, targeted }) => targeted.map(({ shape }) => ({ name, shape })));
  return form.unsupported?.(config, shapes, own);
}

export const runnerRules: readonly Rule[] = [
  {
    field: 'devices',
    broken: ({ devices = 1, engine = 'wasm' }) =>
      devices === 1 || (traitsOf(engine) as { runner?: object }).runner
        ? undefined
        : `devices is ${devices}, and ${engine} trains a trial in one process: leave it out, or take the engine torch`,
  },
  onRunner('devices', ({ devices = 1, batchSize }, engine) =>
    batchSize === undefined || batchSize % devices === 0
      ? undefined
      : `${engine} gives each of ${devices} devices an equal part of a batch, and batchSize is ${batchSize}: take a multiple of ${devices}`,
  ),
  onRunner('engine', ({ model, classes, objective, answerTokens, ...trial }, engine) => {
    const { name, on } = objectiveFor({ model, classes, objective, ...trial });
    const does = `${engine} trains on classes, numbers and next tokens of texts`;
    if (modelInput(model).kind !== 'tokens') return `${does}, and the base model reads none: choose another engine`;
    if (lossOfRunner(name) === undefined) return `${does}, and not ${name}: choose another engine`;
    if (answerTokens !== undefined) return `${does}, and writes no answers, as ${name} asks for: choose another engine`;
    if (on !== 'head' || hasHead(model)) return undefined;
    return `${engine} trains a head where transformers has one that computes as ours, and for this base it has none: choose another engine or base`;
  }),
  onRunner('method', (trial, engine) => {
    const { method } = trial;
    const does = `${engine} trains what Python peft has`;
    const own = ownAtSteps(trial);
    if (own !== undefined) return `${does}, and ${method.name} ${own}: choose another engine or method`;
    if (method.init?.changesKernel || method.init?.kernelFrom || method.init?.leavesResidual)
      return `${does}, and ${method.name} begins with kernels other than the base's: choose another engine or method`;
    const none = withoutType(trial);
    return (
      none && `${does}, and it has no type for ${method.name} here: ${none}. Choose another engine, method or targets`
    );
  }),
  onRunner('baseDtype', ({ baseDtype = 'float32', method }, engine) => {
    if (baseDtype === 'float16') {
      return `${engine} scales no losses, without which gradients in float16 are lost: take bfloat16, or another engine`;
    }
    if (baseDtype === 'float32' || baseDtype === 'bfloat16' || method.peft?.packed) return undefined;
    return `Python peft cannot train ${method.name} on kernels that bitsandbytes packs: take float32 or bfloat16, or another method or engine`;
  }),
  onRunner('optimizer', ({ optimizer }, engine) => {
    if (!optimizer || typeof optimizer.inTorch === 'object') return undefined;
    const { inTorch } = optimizer;
    return inTorch ?? `${engine} has no optimizer with the same updates: choose another, as adamw, or another engine`;
  }),
  onRunner('teacher', ({ teacher }, engine) => teacher && `${engine} trains without a teacher: choose another engine`),
  onRunner(
    'recipe',
    ({ recipe }, engine) => recipe && `${engine} follows no recipe: leave it out, or choose another engine`,
  ),
  onRunner('execution', ({ execution = 'tree' }, engine) =>
    execution === 'tree' ? undefined : `${engine} updates after the backward pass: leave execution out`,
  ),
  onRunner('normEvery', ({ normEvery }, engine) =>
    normEvery === undefined ? undefined : `${engine} measures no norms: leave normEvery out`,
  ),
  onRunner('dropout', ({ dropout = 0 }, engine) =>
    dropout > 0 ? `dropout is ${dropout}, and ${engine} drops nothing: set dropout to 0` : undefined,
  ),
];
