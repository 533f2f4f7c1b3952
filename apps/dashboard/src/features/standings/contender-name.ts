/** @example contenderName({ method: 'lora', optimizer: 'adamw' }) // 'lora' */
export function contenderName({ method, optimizer }: { method: string; optimizer: string }): string {
  return optimizer === 'adamw' ? method : `${method} + ${optimizer}`;
}
