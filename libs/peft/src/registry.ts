/** @file Every method and optimizer of the library, one line each; baselines, procedures and examinations of rankers have registries of their own. */
import { baselines } from './baselines/registry.js';
import type { Method, Optimizer } from './method.js';
import { adalora } from './methods/adalora.js';
import { adamss } from './methods/adamss.js';
import { adaptionPrompt } from './methods/adaption-prompt.js';
import { afm } from './methods/afm.js';
import { asvd } from './methods/asvd.js';
import { baLora } from './methods/ba-lora.js';
import { bdLora } from './methods/bd-lora.js';
import { beft } from './methods/beft.js';
import { bitfit } from './methods/bitfit.js';
import { boft } from './methods/boft.js';
import { bone } from './methods/bone.js';
import { boneBat } from './methods/bone-bat.js';
import { boneMini } from './methods/bone-mini.js';
import { c3a } from './methods/c3a.js';
import { codyra } from './methods/codyra.js';
import { deft } from './methods/deft.js';
import { delora } from './methods/delora.js';
import { dora } from './methods/dora.js';
import { dylora } from './methods/dylora.js';
import { eora } from './methods/eora.js';
import { eva } from './methods/eva.js';
import { ffaLora } from './methods/ffa-lora.js';
import { fourierft } from './methods/fourierft.js';
import { frod } from './methods/frod.js';
import { fullFt } from './methods/full-ft.js';
import { glora } from './methods/glora.js';
import { gradnormlorp } from './methods/gradnormlorp.js';
import { gralora } from './methods/gralora.js';
import { hira } from './methods/hira.js';
import { hydra } from './methods/hydra.js';
import { ia3 } from './methods/ia3.js';
import { increlora } from './methods/increlora.js';
import { lamda } from './methods/lamda.js';
import { lamdaPp } from './methods/lamda-pp.js';
import { lily } from './methods/lily.js';
import { linearProbe } from './methods/linear-probe.js';
import { lnTuning } from './methods/ln-tuning.js';
import { loha } from './methods/loha.js';
import { lokr } from './methods/lokr.js';
import { loldu } from './methods/loldu.js';
import { lora } from './methods/lora.js';
import { loraGa } from './methods/lora-ga.js';
import { loraGgpo } from './methods/lora-ggpo.js';
import { loraPretrain } from './methods/lora-pretrain.js';
import { loraSb } from './methods/lora-sb.js';
import { loraXs } from './methods/lora-xs.js';
import { loram } from './methods/loram.js';
import { loraprune } from './methods/loraprune.js';
import { lowrankPretrain } from './methods/lowrank-pretrain.js';
import { mica } from './methods/mica.js';
import { mos } from './methods/mos.js';
import { muscle } from './methods/muscle.js';
import { nola } from './methods/nola.js';
import { oft } from './methods/oft.js';
import { olora } from './methods/olora.js';
import { osf } from './methods/osf.js';
import { pTuning } from './methods/p-tuning.js';
import { partialFt } from './methods/partial-ft.js';
import { peanut } from './methods/peanut.js';
import { pela } from './methods/pela.js';
import { pissa } from './methods/pissa.js';
import { prefixTuning } from './methods/prefix-tuning.js';
import { promptTuning } from './methods/prompt-tuning.js';
import { psoft } from './methods/psoft.js';
import { pvera } from './methods/pvera.js';
import { randlora } from './methods/randlora.js';
import { relora } from './methods/relora.js';
import { road } from './methods/road.js';
import { rslora } from './methods/rslora.js';
import { shira } from './methods/shira.js';
import { sltrain } from './methods/sltrain.js';
import { sora } from './methods/sora.js';
import { sst } from './methods/sst.js';
import { supermask } from './methods/supermask.js';
import { svd } from './methods/svd.js';
import { svdLlm } from './methods/svd-llm.js';
import { svfit } from './methods/svfit.js';
import { tinylora } from './methods/tinylora.js';
import { trainableTokens } from './methods/trainable-tokens.js';
import { transLora } from './methods/trans-lora.js';
import { trp } from './methods/trp.js';
import { uniLora } from './methods/uni-lora.js';
import { vbLora } from './methods/vb-lora.js';
import { vera } from './methods/vera.js';
import { waveft } from './methods/waveft.js';
import { welore } from './methods/welore.js';
import { adafactor } from './optimizers/adafactor.js';
import { adam8bit } from './optimizers/adam-8bit.js';
import { adamw } from './optimizers/adamw.js';
import { allora } from './optimizers/allora.js';
import { apollo, apolloMini } from './optimizers/apollo.js';
import { badam } from './optimizers/badam.js';
import { fira } from './optimizers/fira.js';
import { frugal } from './optimizers/frugal.js';
import { galore } from './optimizers/galore.js';
import { galore8bit } from './optimizers/galore-8bit.js';
import { gradnormlorp as gradnormlorpOptimizer } from './optimizers/gradnormlorp.js';
import { lion } from './optimizers/lion.js';
import { lisa } from './optimizers/lisa.js';
import { loraFa } from './optimizers/lora-fa.js';
import { loraPlus } from './optimizers/lora-plus.js';
import { muon } from './optimizers/muon.js';
import { qGalore } from './optimizers/q-galore.js';
import { sgd } from './optimizers/sgd.js';
import { sgdm } from './optimizers/sgdm.js';
import { signsgd } from './optimizers/signsgd.js';
import { spam } from './optimizers/spam.js';
import { stableSpam } from './optimizers/stable-spam.js';
import { zoRanksgd } from './optimizers/zo-ranksgd.js';
import { procedures } from './procedures/registry.js';
import { examinations } from './robustness/registry.js';
import { UnknownNameError } from './unknown-name.js';

export const methods: readonly Method[] = [
  fullFt,
  bitfit,
  linearProbe,
  lora,
  rslora,
  dora,
  gradnormlorp,
  pissa,
  olora,
  loraXs,
  loraGa,
  loraSb,
  eva,
  promptTuning,
  prefixTuning,
  adaptionPrompt,
  ia3,
  supermask,
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
  loram,
  muscle,
  transLora,
  loraPretrain,
  lowrankPretrain,
  sltrain,
  svd,
  asvd,
  svdLlm,
  afm,
  welore,
  pela,
  eora,
  relora,
  sst,
  trp,
  ffaLora,
  lnTuning,
  trainableTokens,
  hira,
  road,
  delora,
  c3a,
  gralora,
  shira,
  waveft,
  pvera,
  tinylora,
  pTuning,
  bdLora,
  beft,
  psoft,
  mica,
  uniLora,
  osf,
  deft,
  peanut,
  glora,
  adamss,
  lily,
  frod,
  partialFt,
  // A method is its import and its line here.
];

export const optimizers: readonly Optimizer[] = [
  adamw,
  sgd,
  sgdm,
  galore,
  loraFa,
  loraPlus,
  allora,
  signsgd,
  lion,
  adafactor,
  muon,
  fira,
  gradnormlorpOptimizer,
  frugal,
  apollo,
  apolloMini,
  stableSpam,
  spam,
  lisa,
  badam,
  zoRanksgd,
  adam8bit,
  galore8bit,
  qGalore,
  // An optimizer is its import and its line here.
];

export const methodNames: readonly string[] = methods.map(({ name }) => name);
export const baselineNames: readonly string[] = baselines.map(({ name }) => name);
/** Methods that train nothing: baselines, procedures and examinations of rankers. */
export const untrained: readonly Method[] = [...baselines, ...procedures, ...examinations];
export const untrainedNames: readonly string[] = untrained.map(({ name }) => name);
export const optimizerNames: readonly string[] = optimizers.map(({ name }) => name);

/**
 * The method called `name`, one that trains nothing as well, e.g. `findMethod('lora').config.parse({ rank: 4 })`.
 *
 * @throws UnknownNameError
 */
export function findMethod(name: string): Method {
  const method = [...methods, ...untrained].find((candidate) => candidate.name === name);
  if (!method) throw new UnknownNameError('method', name, [...methodNames, ...untrainedNames]);
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
