/** @file Rules about the type in which products with frozen kernels are computed. */
import { engineNames, engineTraits } from '../../engine/traits.js';
import { multipliesOtherwise } from '../whole-kernels.js';
import type { Rule } from './rule.js';

const able = engineNames.filter((name) => engineTraits[name].multipliesInBfloat16 !== 'never').join(' or ');

export const computeDtypeRules: readonly Rule[] = [
  {
    field: 'computeDtype',
    broken({ computeDtype = 'float32', engine = 'wasm' }) {
      if (computeDtype === 'float32' || engineTraits[engine].multipliesInBfloat16 !== 'never') return undefined;
      return `${computeDtype} is for an engine that multiplies in it, and ${engine} multiplies in float32 alone: take float32, or the engine ${able}`;
    },
  },
  {
    field: 'computeDtype',
    broken(trial) {
      // Taken apart with a rest, a trial would be planned for it before any rule says what is wrong.
      const { computeDtype = 'float32' } = trial;
      const reason = computeDtype === 'float32' ? undefined : multipliesOtherwise(trial);
      return (
        reason &&
        `${trial.method.name} ${reason}, and ${computeDtype} is of products with frozen kernels: take float32, or another method`
      );
    },
  },
];
