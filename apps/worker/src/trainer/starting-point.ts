import type { TrialSpec } from '@rankforge/contracts';

/** What a trial begins on: specs that agree in it share one model. */
export const startingPoint = ({ base, on }: TrialSpec): string => (on ? `${base} ${JSON.stringify(on)}` : base);
