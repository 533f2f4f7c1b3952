import { combine } from '../named.js';
import { defineAttack } from './attack.js';

/** The change of many clients by one. */
export const scaled = defineAttack({
  name: 'scaled',
  title: 'Scaled update',
  summary: 'Sends what it began with plus its change, multiplied by the factor.',
  trained: ({ begun, trained, factor }) => combine([begun, trained], ([from, to]) => from! + factor * (to! - from!)),
});
