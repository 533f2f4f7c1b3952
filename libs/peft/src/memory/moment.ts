/** @file The memory that is held at one moment besides weights, adapters and optimizer state. */

/** In floats. */
export interface Moment {
  gradients: number;
  activations: number;
  workspace: number;
}

/** The moment that holds most. */
export function peakOf(moments: readonly Moment[]): Moment {
  return moments.reduce((most, moment) => (held(moment) > held(most) ? moment : most));
}

const held = ({ gradients, activations, workspace }: Moment): number => gradients + activations + workspace;
