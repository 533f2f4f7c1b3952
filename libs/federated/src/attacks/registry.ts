/** @file Every attack of clients. A new one is a file beside this and a line here. */
import { findObjective } from '@rankforge/peft';
import type { Attack } from './attack.js';
import { innerProduct } from './inner-product.js';
import { labelFlip } from './label-flip.js';
import { littleIsEnough } from './little-is-enough.js';
import { scaled } from './scaled.js';
import { signFlip } from './sign-flip.js';

export const attacks: readonly Attack[] = [signFlip, scaled, labelFlip, innerProduct, littleIsEnough];

export const findAttack = (name: string): Attack => attacks.find((attack) => attack.name === name)!;

/**
 * Why examples of an objective cannot be attacked so, for people; undefined where they can.
 *
 * @example attackUnfit('label-flip', data.objective); // 'label-flip needs examples with classes, and …' where there are none
 */
export function attackUnfit(name: string, objective: string): string | undefined {
  const rest = findAttack(name).unfit?.(findObjective(objective));
  return rest === undefined ? undefined : `${name} ${rest}`;
}
