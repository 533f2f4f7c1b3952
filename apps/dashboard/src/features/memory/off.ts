/**
 * How far a measured peak is from the predicted one.
 * @example formatOff(0.991) // '−0.9 %'
 */
export function formatOff(ratio: number): string {
  const percent = ((ratio - 1) * 100).toFixed(1);
  if (Number(percent) === 0) return '0.0 %';
  return percent.startsWith('-') ? `−${percent.slice(1)} %` : `+${percent} %`;
}
