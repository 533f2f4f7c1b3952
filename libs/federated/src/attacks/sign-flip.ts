import { combine } from '../named.js';
import { defineAttack } from './attack.js';

/** Against what was trained, and further. */
export const signFlip = defineAttack({
  name: 'sign-flip',
  title: 'Sign flip',
  summary: 'Sends what it began with minus its change, multiplied by the factor.',
  trained: ({ begun, trained, factor }) => combine([begun, trained], ([from, to]) => from! - factor * (to! - from!)),
});
