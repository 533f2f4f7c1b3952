/** @file Whether the kernel killed a process of this control group for want of memory: it counts them. */
import { readGroup } from '../device/control-group.js';

/**
 * Processes of this process's control group, children included, that the kernel has killed for memory since the group
 * was made.
 *
 * @returns undefined where no counter can be read: another system, or a container that hides it
 */
export const kernelKills = (): number | undefined => countIn(readGroup('kills')?.text);

/**
 * Count in the text of memory.events or memory.oom_control.
 * @example countIn('low 0\noom 2\noom_kill 1\n') // 1
 */
export function countIn(text: string | undefined): number | undefined {
  const found = /^oom_kill (\d+)$/m.exec(text ?? '')?.[1];
  return found === undefined ? undefined : Number(found);
}
