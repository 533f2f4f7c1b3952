/** @file Rules about kernels of a base that cannot be packed. */
import { engineTraits, traitsOf } from '../../engine/traits.js';
import { inDtype } from '../../models/config.js';
import { needsOpenKernels } from '../whole-kernels.js';
import type { Rule } from './rule.js';

export const baseDtypeRules: readonly Rule[] = [
  {
    field: 'baseDtype',
    broken({ model, baseDtype, method, config, targets, initial }) {
      const held = inDtype(model, baseDtype);
      const reason = needsOpenKernels({ model: held, method, config, targets, ...(initial && { initial }) });
      return reason && `${method.name} ${reason}, and ${held.kernelDtype} packs them: take float32, or another method`;
    },
  },
  {
    field: 'baseDtype',
    broken({ baseDtype = 'float32', engine = 'wasm' }) {
      if (baseDtype === 'float32' || engineTraits[engine].opensPacked !== 'never') return undefined;
      return `${baseDtype} packs kernels, and the engine ${engine} opens none: take float32, or another engine`;
    },
  },
  {
    field: 'doubleQuantization',
    broken({ doubleQuantization = 'on', baseDtype = 'float32', engine = 'wasm' }) {
      if (doubleQuantization === 'on') return undefined;
      if (baseDtype !== 'nf4') return `nf4 alone has scales to pack, and the base is in ${baseDtype}: leave it out`;
      if (traitsOf(engine).runner) return undefined;
      return `${engine} packs the scales of nf4 too: take on, or the engine torch`;
    },
  },
];
