/** @file Every method and optimizer of the library, one line each. */
import type { Method, Optimizer } from './method.js';
import { adalora } from './methods/adalora.js';
import { baLora } from './methods/ba-lora.js';
import { bitfit } from './methods/bitfit.js';
import { boft } from './methods/boft.js';
import { bone } from './methods/bone.js';
import { boneBat } from './methods/bone-bat.js';
import { boneMini } from './methods/bone-mini.js';
import { codyra } from './methods/codyra.js';
import { dora } from './methods/dora.js';
import { dylora } from './methods/dylora.js';
import { eva } from './methods/eva.js';
import { fourierft } from './methods/fourierft.js';
import { fullFt } from './methods/full-ft.js';
import { hydra } from './methods/hydra.js';
import { ia3 } from './methods/ia3.js';
import { increlora } from './methods/increlora.js';
import { lamda } from './methods/lamda.js';
import { lamdaPp } from './methods/lamda-pp.js';
import { linearProbe } from './methods/linear-probe.js';
import { loha } from './methods/loha.js';
import { lokr } from './methods/lokr.js';
import { loldu } from './methods/loldu.js';
import { lora } from './methods/lora.js';
import { loraGa } from './methods/lora-ga.js';
import { loraGgpo } from './methods/lora-ggpo.js';
import { loraSb } from './methods/lora-sb.js';
import { loraXs } from './methods/lora-xs.js';
import { loraprune } from './methods/loraprune.js';
import { mos } from './methods/mos.js';
import { nola } from './methods/nola.js';
import { oft } from './methods/oft.js';
import { olora } from './methods/olora.js';
import { pissa } from './methods/pissa.js';
import { prefixTuning } from './methods/prefix-tuning.js';
import { promptTuning } from './methods/prompt-tuning.js';
import { randlora } from './methods/randlora.js';
import { rslora } from './methods/rslora.js';
import { sora } from './methods/sora.js';
import { svfit } from './methods/svfit.js';
import { vbLora } from './methods/vb-lora.js';
import { vera } from './methods/vera.js';
import { adamw } from './optimizers/adamw.js';
import { allora } from './optimizers/allora.js';
import { galore } from './optimizers/galore.js';
import { loraPlus } from './optimizers/lora-plus.js';
import { sgd } from './optimizers/sgd.js';

export const methods: readonly Method[] = [
  fullFt,
  bitfit,
  linearProbe,
  lora,
  rslora,
  dora,
  pissa,
  olora,
  loraXs,
  loraGa,
  loraSb,
  eva,
  promptTuning,
  prefixTuning,
  ia3,
  adalora,
  vera,
  loha,
  bone,
  randlora,
  loldu,
  svfit,
  lokr,
  nola,
  hydra,
  dylora,
  oft,
  boft,
  boneBat,
  boneMini,
  fourierft,
  vbLora,
  mos,
  loraGgpo,
  loraprune,
  sora,
  codyra,
  lamda,
  lamdaPp,
  increlora,
  baLora,
  // A method is its import and its line here.
];

export const optimizers: readonly Optimizer[] = [
  adamw,
  sgd,
  galore,
  loraPlus,
  allora,
  // An optimizer is its import and its line here.
];

export const methodNames: readonly string[] = methods.map(({ name }) => name);
export const optimizerNames: readonly string[] = optimizers.map(({ name }) => name);

/** A name that the registry does not hold. */
export class UnknownNameError extends Error {
  constructor(
    readonly kind: 'method' | 'optimizer',
    readonly unknownName: string,
    readonly known: readonly string[],
  ) {
    super(`Unknown ${kind} '${unknownName}': use one of ${known.join(', ')}`);
    this.name = 'UnknownNameError';
  }
}

/**
 * The method called `name`, e.g. `findMethod('lora').config.parse({ rank: 4 })`.
 *
 * @throws UnknownNameError
 */
export function findMethod(name: string): Method {
  const method = methods.find((candidate) => candidate.name === name);
  if (!method) throw new UnknownNameError('method', name, methodNames);
  return method;
}

/**
 * The optimizer called `name`, e.g. `findOptimizer('adamw')`.
 *
 * @throws UnknownNameError
 */
export function findOptimizer(name: string): Optimizer {
  const optimizer = optimizers.find((candidate) => candidate.name === name);
  if (!optimizer) throw new UnknownNameError('optimizer', name, optimizerNames);
  return optimizer;
}
