/** @file Every method that trains. A new one is a file beside this, its import and a line here. */
import type { Method } from '../method.js';
import { UnknownNameError } from '../unknown-name.js';
import { adalora } from './adalora.js';
import { adamss } from './adamss.js';
import { adaptionPrompt } from './adaption-prompt.js';
import { afm } from './afm.js';
import { asvd } from './asvd.js';
import { baLora } from './ba-lora.js';
import { bdLora } from './bd-lora.js';
import { beft } from './beft.js';
import { bitfit } from './bitfit.js';
import { boft } from './boft.js';
import { bone } from './bone.js';
import { boneBat } from './bone-bat.js';
import { boneMini } from './bone-mini.js';
import { c3a } from './c3a.js';
import { codyra } from './codyra.js';
import { deft } from './deft.js';
import { delora } from './delora.js';
import { dora } from './dora.js';
import { dylora } from './dylora.js';
import { eora } from './eora.js';
import { eva } from './eva.js';
import { ffaLora } from './ffa-lora.js';
import { fourierft } from './fourierft.js';
import { frod } from './frod.js';
import { fullFt } from './full-ft.js';
import { glora } from './glora.js';
import { gradnormlorp } from './gradnormlorp.js';
import { gralora } from './gralora.js';
import { hira } from './hira.js';
import { hydra } from './hydra.js';
import { ia3 } from './ia3.js';
import { increlora } from './increlora.js';
import { lamda } from './lamda.js';
import { lamdaPp } from './lamda-pp.js';
import { lily } from './lily.js';
import { linearProbe } from './linear-probe.js';
import { lnTuning } from './ln-tuning.js';
import { loha } from './loha.js';
import { lokr } from './lokr.js';
import { loldu } from './loldu.js';
import { lora } from './lora.js';
import { loraGa } from './lora-ga.js';
import { loraGgpo } from './lora-ggpo.js';
import { loraPretrain } from './lora-pretrain.js';
import { loraSb } from './lora-sb.js';
import { loraXs } from './lora-xs.js';
import { loram } from './loram.js';
import { loraprune } from './loraprune.js';
import { lowrankPretrain } from './lowrank-pretrain.js';
import { mica } from './mica.js';
import { mos } from './mos.js';
import { muscle } from './muscle.js';
import { nola } from './nola.js';
import { oft } from './oft.js';
import { olora } from './olora.js';
import { osf } from './osf.js';
import { pTuning } from './p-tuning.js';
import { partialFt } from './partial-ft.js';
import { peanut } from './peanut.js';
import { pela } from './pela.js';
import { pissa } from './pissa.js';
import { prefixTuning } from './prefix-tuning.js';
import { promptTuning } from './prompt-tuning.js';
import { psoft } from './psoft.js';
import { pvera } from './pvera.js';
import { randlora } from './randlora.js';
import { relora } from './relora.js';
import { road } from './road.js';
import { rslora } from './rslora.js';
import { shira } from './shira.js';
import { sltrain } from './sltrain.js';
import { sora } from './sora.js';
import { sst } from './sst.js';
import { supermask } from './supermask.js';
import { svd } from './svd.js';
import { svdLlm } from './svd-llm.js';
import { svfit } from './svfit.js';
import { tinylora } from './tinylora.js';
import { trainableTokens } from './trainable-tokens.js';
import { transLora } from './trans-lora.js';
import { trp } from './trp.js';
import { uniLora } from './uni-lora.js';
import { vbLora } from './vb-lora.js';
import { vera } from './vera.js';
import { waveft } from './waveft.js';
import { welore } from './welore.js';

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
];

export const methodNames: readonly string[] = methods.map(({ name }) => name);

/**
 * The method called `name`, of those that train.
 *
 * @throws UnknownNameError
 */
export function findTraining(name: string): Method {
  const method = methods.find((candidate) => candidate.name === name);
  if (!method) throw new UnknownNameError('method', name, methodNames);
  return method;
}
