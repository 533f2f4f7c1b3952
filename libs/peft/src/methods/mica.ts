/**
 * @file MiCA: LoRA whose second factor is the minor singular vectors of the kernel and stays; the first is trained from zero. Source:
 * arXiv 2604.01694; as Python peft has it.
 */
import { z } from 'zod';
import { lora as loraForm } from '../export/lora.js';
import { defineMethod, type InitPart } from '../method.js';
import { constant, hostTensor } from '../parts/init/host.js';
import { alphaField } from '../parts/weight/alpha.js';
import { lowRank } from '../parts/weight/low-rank.js';
import { truncatedSvd } from '../tensor/linalg.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Rank r of the update: as many of the least singular vectors stay'),
  alpha: alphaField('The update is multiplied by alpha / rank'),
});
type Config = z.infer<typeof config>;

/** `A` zero; rows of `B` are the singular vectors on the side of the outputs whose singular values are smallest. */
const minorComponents: InitPart<Config> = {
  layer({ shape, kernel, config: { rank } }) {
    const least = Math.min(shape.in, shape.out);
    const { right } = truncatedSvd(kernel, least);
    const columns = Array.from({ length: rank }, (_, index) => least - rank + index);
    return {
      tensors: {
        lora_A: constant([shape.in, rank], 0),
        lora_B: hostTensor(right.subMatrixColumn(columns).transpose()),
      },
    };
  },
};

const { equivalent: _, unreadable: __, ...form } = loraForm<Config>({ init_lora_weights: 'mica' });

export const mica = defineMethod({
  name: 'mica',
  title: 'MiCA',
  paper: { title: 'Minor Component Adaptation', arxiv: '2604.01694', year: 2026 },
  evidence: {
    level: 'partial',
    reason:
      'As Python peft has it, and called as it calls it: the paper was not read, and no published result was checked',
  },
  summary:
    'LoRA in the directions that the base model uses least: their singular vectors stay, and one factor is trained.',
  parameterFormula: 'r·in',
  memoryFormula: '4·trained + rows·in + 2·r·out',
  config,
  usesRank: true,
  maxRank: (layer) => Math.min(layer.in, layer.out),
  startsAtBase: true,
  weight: lowRank<Config>(({ alpha, rank }) => alpha / rank, { frozen: 'lora_B' }),
  init: minorComponents,
  peft: form,
  learningRates: [3e-4, 1e-3, 3e-3],
});
