import type { Order } from '../trial/executor.js';

/** Names the model that an order begins on: orders that agree in it share one. */
export const startingPoint = ({ spec: { base, on }, baseSha256 }: Pick<Order, 'spec' | 'baseSha256'>): string =>
  [base, baseSha256, on && JSON.stringify(on)].filter((part) => part !== undefined).join(' ');
