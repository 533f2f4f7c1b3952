import { dominantPart, type MemoryByPart, MIB } from '@rankforge/contracts';

/**
 * Why a trial does not fit, in words.
 * @example exceedsBudget('predicted', memory, 11) // 'predicted 17.2 MiB exceed the budget of 11 MiB; activations take most (9.1 MiB)'
 */
export function exceedsBudget(how: 'predicted' | 'measured', memory: MemoryByPart, budgetMiB: number): string {
  const part = dominantPart(memory);
  return `${how} ${mib(memory.total)} MiB exceed the budget of ${budgetMiB} MiB; ${part} take most (${mib(memory[part])} MiB)`;
}

function mib(bytes: number): string {
  return (bytes / MIB).toFixed(1);
}
