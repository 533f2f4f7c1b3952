/** @file Every attack of clients. A new one is a file beside this and a line here. */
import type { Attack } from './attack.js';
import { innerProduct } from './inner-product.js';
import { labelFlip } from './label-flip.js';
import { littleIsEnough } from './little-is-enough.js';
import { scaled } from './scaled.js';
import { signFlip } from './sign-flip.js';

export const attacks: readonly Attack[] = [signFlip, scaled, labelFlip, innerProduct, littleIsEnough];

export const findAttack = (name: string): Attack => attacks.find((attack) => attack.name === name)!;
