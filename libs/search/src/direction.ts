/** Whether less or more of an objective is better. */
export type Direction = 'minimize' | 'maximize';

/** The value with less being better. */
export function asLoss(value: number, direction: Direction): number {
  return direction === 'minimize' ? value : -value;
}
