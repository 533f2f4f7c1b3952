/** The outcome at `at` of 0 … 1, of outcomes with these logarithms of probabilities. */
export function drawn(logs: readonly number[], at: number): number {
  let sum = 0;
  const found = logs.findIndex((log) => {
    sum += Math.exp(log);
    return at < sum;
  });
  return found >= 0 ? found : logs.length - 1;
}
