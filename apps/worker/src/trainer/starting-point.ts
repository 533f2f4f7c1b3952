import type { Order } from '../trial/executor.js';

/** What a trial begins on: orders that agree in it share one model. */
export const startingPoint = ({ spec: { base, on }, baseSha256 }: Pick<Order, 'spec' | 'baseSha256'>): string =>
  [base, baseSha256, on && JSON.stringify(on)].filter((part) => part !== undefined).join(' ');
